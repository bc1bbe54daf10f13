//! Private keys in the format of `PuTTY`, if they are not encrypted.

use crate::rules::class::{DIGIT, NO};
use crate::rules::rule::{Randomness, Spec};

pub(super) const PROVIDER: &str = "PuTTY";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "putty-private-key",
    description: "PuTTY private key, not encrypted",
    help: "Take the key out of use wherever its public half is trusted, and make a new one.",
    literals: &["PuTTY-User-Key-File-"],
    regex: r"PuTTY-User-Key-File-[23]: [0-9a-z@.-]+\s+Encryption: none\s+Comment: [^\r\n]*\s+Public-Lines: \d+\s+[0-9A-Za-z+/=\s]+?Private-Lines: \d+\s+([0-9A-Za-z+/=\s]{40,}?)\s+Private-(?:MAC|Hash): [0-9a-f]{40,64}",
    group: 1,
    span: 16 * 1024,
    tail: (DIGIT, 1),
    edges: (NO, NO),
    randomness: Randomness::Bits(4.0),
    examples: &[
        "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: mine\nPublic-Lines: 6\n{pem:360}Private-Lines: 14\n{pem:840}Private-MAC: {hex:40}",
    ],
    near_misses: &[
        "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: aes256-cbc\nComment: mine\nPublic-Lines: 6\n{pem:360}Private-Lines: 14\n{pem:840}Private-MAC: {hex:40}",
    ],
    ..Spec::DEFAULT
}];
