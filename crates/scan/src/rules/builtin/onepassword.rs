//! 1Password.

use crate::rules::class::{ALNUM, BASE64URL, URL64, WORD};
use crate::rules::rule::Spec;

pub(super) const PROVIDER: &str = "1Password";

const HELP: &str =
    "Rotate the service account token; a secret key is regenerated under My Profile.";

pub(super) const RULES: &[Spec] = &[
    Spec {
        id: "1password-secret-key",
        description: "1Password secret key",
        help: HELP,
        literals: &["A3-"],
        regex: "A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}",
        tail: (ALNUM, 6),
        edges: (URL64, URL64),
        examples: &[
            "A3-{AN:6}-{AN:6}-{AN:5}-{AN:5}-{AN:5}-{AN:5}",
            "A3-{AN:6}-{AN:11}-{AN:5}-{AN:5}-{AN:5}",
        ],
        ..Spec::DEFAULT
    },
    Spec {
        id: "1password-service-account-token",
        description: "1Password service account token",
        help: HELP,
        literals: &["ops_eyJ"],
        regex: "ops_eyJ[0-9A-Za-z+/_-]{250,}={0,3}",
        span: 2100,
        tail: (BASE64URL, 250),
        edges: (WORD, BASE64URL),
        examples: &["ops_eyJ{b64:800}"],
        ..Spec::DEFAULT
    },
];
