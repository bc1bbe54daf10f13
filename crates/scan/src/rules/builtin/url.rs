//! Passwords in URLs: `scheme://user:password@host`.

use super::password::is_real;
use crate::rules::class::{ANY, NO};
use crate::rules::rule::{Randomness, Seen, Spec};

pub(super) const PROVIDER: &str = "";

pub(super) const RULES: &[Spec] = &[Spec {
    id: "url-credentials",
    description: "Password in a URL",
    help: "Change the password, and hand it over by the environment or a secret store.",
    literals: &["://"],
    regex: r#"[A-Za-z][0-9A-Za-z+.-]{1,20}://([^\s:/@"'<>()`?#\\\[\]]{0,128}):([^\s/@"'<>()`?#\\]{3,256})@(?:[0-9A-Za-z._-]+|\[[0-9a-fA-F:]+\])"#,
    group: 2,
    before: 21,
    span: 640,
    tail: (ANY, 4),
    edges: (NO, NO),
    randomness: Randomness::Any,
    ahead: Some(has_password),
    accept: Some(is_meant),
    is_general: true,
    examples: &[
        "postgres://app:{b62:12}7@db.internal:5432/shop",
        "https://deploy:{hex:20}q1@git.company.internal/repo.git",
        "amqps://svc:{b62:16}9x@[2001:db8::1]/v",
    ],
    near_misses: &[
        "postgres://user:password@host/db",
        "postgres://app:{b62:12}7@localhost/shop",
        "https://app:${open}PASSWORD{close}@db.internal/",
        "https://example.com:8080/a@b",
        "mysql://root:%s@db.internal/",
        "http://app:{b62:12}7@example.com/",
    ],
    ..Spec::DEFAULT
}];

/// What follows `://` has a `:` and then an `@` before anything that ends the authority. Most URLs
/// have not, so the expression is not asked.
fn has_password(behind: &[u8]) -> bool {
    const LONGEST: usize = 400;
    let mut colon = false;
    for byte in behind.iter().take(LONGEST) {
        match byte {
            b':' => colon = true,
            b'@' => return colon,
            b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'(' | b')' => return false,
            0..=b' ' | 0x7f.. => return false,
            _ => {}
        }
    }
    false
}

fn is_meant(seen: &Seen<'_>) -> bool {
    let whole = &seen.haystack[seen.whole.clone()];
    let Some(at) = memchr::memmem::find(whole, b"://") else { return false };
    let user = whole[at + 3..].split(|byte| *byte == b':').next().unwrap_or_default();
    let host_at = seen.secret.end + 1 - seen.whole.start;
    is_real(user, seen.secret()) && !is_sample_host(&whole[host_at.min(whole.len())..])
}

/// Hosts that documentation and tests use, which nobody can log in to from elsewhere.
fn is_sample_host(host: &[u8]) -> bool {
    let host = host.to_ascii_lowercase();
    let ends = |suffix: &str| host.ends_with(suffix.as_bytes());
    let begins = |prefix: &str| host.starts_with(prefix.as_bytes());
    ends("localhost")
        || ends(".local")
        || ends(".test")
        || ends(".invalid")
        || ends(".example")
        || begins("127.")
        || begins("[::1]")
        || begins("0.0.0.0")
        || begins("example")
        || begins("host")
        || begins("foo")
        || begins("test")
        || memchr::memmem::find(&host, b"example.").is_some()
        || memchr::memmem::find(&host, b"your").is_some()
}
