//! Whether a password was meant to be one. Passwords have no form of their own, so the rules that
//! find them in URLs and headers ask here, and let go whatever a reader would take for a sample.

use crate::rules::entropy::is_placeholder;

/// Shorter ones are samples, or not worth the name.
const MIN_LEN: usize = 6;

/// `user` may be empty.
pub(super) fn is_real(user: &[u8], password: &[u8]) -> bool {
    password.len() >= MIN_LEN
        && !is_filled_in_later(password)
        && !is_sample(password)
        && !password.eq_ignore_ascii_case(user)
        && !is_placeholder(password)
        && has_two_kinds(password)
}

/// `${VAR}`, `$VAR`, `{{ var }}`, `{var}`, `%s`, `%(var)s`, `<password>`, `[password]`, `***`, `#{}`.
fn is_filled_in_later(password: &[u8]) -> bool {
    let first = password.first().copied().unwrap_or_default();
    matches!(first, b'$' | b'{' | b'<' | b'[' | b'*' | b'@' | b'(' | b':' | b'.')
        || password.iter().any(|byte| matches!(byte, b'{' | b'}' | b'<' | b'>' | b'*' | b'`'))
        || memchr::memmem::find(password, b"$(").is_some()
        || password == b"%s"
        || password.starts_with(b"%(")
        || password.starts_with(b"%s")
        || memchr::memmem::find(password, b"...").is_some()
}

/// What stands for a password in manuals and tests.
fn is_sample(password: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "pass",
        "pwd",
        "secret",
        "passphrase",
        "token",
        "apikey",
        "api_key",
        "api-key",
        "admin",
        "test",
        "guest",
        "user",
        "root",
        "demo",
        "login",
        "changeme",
        "qwerty",
        "letmein",
        "hunter2",
        "xxxx",
        "foo",
        "bar",
        "hello",
        "world",
        "abc",
        "default",
        "local",
        "dummy",
        "mysql",
        "postgres",
        "redis",
        "mongo",
        "rabbit",
        "credential",
        "key",
        "auth",
        "opensesame",
        "12345",
        "s3cr3t",
        "p4ss",
        "p@ss",
        "p%40ss",
        "swordfish",
        "correct",
        "sesame",
    ];
    let lower = password.to_ascii_lowercase();
    WORDS.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
}

/// Letters and digits, or letters of both cases and something else: no word of a language.
fn has_two_kinds(password: &[u8]) -> bool {
    let letters = password.iter().any(u8::is_ascii_alphabetic);
    let digits = password.iter().filter(|byte| byte.is_ascii_digit()).count();
    letters && digits >= 1 && digits < password.len()
}

#[cfg(test)]
mod tests {
    use super::is_real;

    #[test]
    fn samples_and_what_is_filled_in_later_are_let_go() {
        for password in [
            "password",
            "Password1",
            "s3cr3t99",
            "${DB_PASS}",
            "$PASS1",
            "{{pass1}}",
            "<pass1>",
            "%s",
            "****1",
            "short",
            "postgres1",
            "user1",
            "test1234",
            "onlyletters",
            "pw...12",
        ] {
            assert!(!is_real(b"bob", password.as_bytes()), "{password}");
        }
        assert!(!is_real(b"V9kQ2mZ7", b"V9kQ2mZ7"));
        assert!(is_real(b"bob", b"V9kQ2mZ7"));
    }
}
