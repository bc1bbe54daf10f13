//! Passwords in `.netrc`.

use super::password::is_real;
use crate::rules::class::{GRAPH, NO, WORD};
use crate::rules::rule::{Randomness, Seen, Spec};

pub(super) const PROVIDER: &str = "";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "netrc-password",
    description: "Password in a .netrc file",
    help: "Change the password.",
    literals: &["machine "],
    regex: r#"machine [0-9A-Za-z.-]{4,100}\s+login \S{1,100}\s+password ([^\s"'<>]{6,200})"#,
    group: 1,
    tail: (GRAPH, 4),
    edges: (WORD, NO),
    randomness: Randomness::Any,
    accept: Some(is_meant),
    is_general: true,
    examples: &["machine git.company.internal login deploy password {b62:15}7"],
    near_misses: &["machine example.com login daniel password qwerty", "machine learning login"],
    ..Spec::DEFAULT
}];

fn is_meant(seen: &Seen<'_>) -> bool {
    let whole = &seen.haystack[seen.whole.clone()];
    is_real(b"", seen.secret()) && memchr::memmem::find(whole, b"example").is_none()
}
