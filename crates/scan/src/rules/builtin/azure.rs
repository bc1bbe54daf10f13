//! Azure.

use crate::rules::class::{ALNUM, BASE64, BASE64URL, Class, NO, STRETCH};
use crate::rules::rule::{Seen, Spec};

pub(super) const PROVIDER: &str = "Azure";

const HELP: &str = "Rotate the secret: the client secret of the app registration, the key of the storage account, the token of the user.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "azure-ad-client-secret",
        description: "Microsoft Entra ID client secret",
        help: HELP,
        literals: &["0Q~", "1Q~", "2Q~", "3Q~", "4Q~", "5Q~", "6Q~", "7Q~", "8Q~", "9Q~"],
        regex: r"[0-9A-Za-z_~.]{3}\dQ~[0-9A-Za-z_~.-]{31,34}",
        before: 3,
        tail: (AZURE, 31),
        edges: (AZURE, AZURE),
        examples: &["{b62:3}8Q~{b62:34}"],
        ..Spec::DEFAULT
    },
    Spec {
        id: "azure-storage-key",
        description: "Azure storage account key",
        help: HELP,
        literals: &["AccountKey="],
        regex: "AccountKey=([0-9A-Za-z+/]{86}==)",
        group: 1,
        tail: (BASE64, 86),
        edges: (NO, BASE64),
        accept: Some(not_emulator),
        examples: &["DefaultEndpointsProtocol=https;AccountName=store;AccountKey={b64:86}==;"],
        near_misses: &["AccountKey=Eby8vdM0{b64:78}=="],
        ..Spec::DEFAULT
    },
    Spec {
        id: "azure-devops-pat",
        description: "Azure DevOps personal access token",
        help: HELP,
        literals: &["AZDO"],
        regex: "[0-9A-Za-z]{76}AZDO[0-9A-Za-z]{4}",
        before: 76,
        tail: (ALNUM, 4),
        edges: (STRETCH, BASE64URL),
        examples: &["{b62:76}AZDO{b62:4}"],
        ..Spec::DEFAULT
    },
];

const AZURE: Class = Class::of(b"0-9A-Za-z_~.-");

/// The key of the storage emulator is public: it opens nothing.
fn not_emulator(seen: &Seen<'_>) -> bool {
    !seen.secret().starts_with(b"Eby8vdM0")
}
