//! Conditions that several rules share.

use crate::rules::rule::Seen;

/// How far around a secret a word about its provider may stand.
pub(in crate::rules) const NEIGHBOURHOOD: usize = 256;

/// One of the words stands near the secret, in whatever case. For forms that others use too.
pub(super) fn is_near(seen: &Seen<'_>, words: &[&str]) -> bool {
    let from = seen.whole.start.saturating_sub(NEIGHBOURHOOD);
    let to = seen.haystack.len().min(seen.whole.end + NEIGHBOURHOOD);
    let around = seen.haystack[from..to].to_ascii_lowercase();
    words
        .iter()
        .any(|word| memchr::memmem::find(&around, word.to_ascii_lowercase().as_bytes()).is_some())
}

/// The random part has digits and letters, and is not just hexadecimal: neither a name nor a hash.
pub(super) fn is_mixed(seen: &Seen<'_>) -> bool {
    let random = random(seen);
    random.iter().any(u8::is_ascii_digit)
        && random.iter().any(u8::is_ascii_alphabetic)
        && !random.iter().all(u8::is_ascii_hexdigit)
}

/// The random part has a digit, which a name in capitals has not.
pub(super) fn has_digit(seen: &Seen<'_>) -> bool {
    random(seen).iter().any(u8::is_ascii_digit)
}

/// The random part has small and capital letters in good number, as no identifier has.
pub(super) fn both_cases(seen: &Seen<'_>) -> bool {
    let random = random(seen);
    let capitals = random.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    capitals * 5 >= random.len() && capitals * 5 <= random.len() * 4
}

fn random<'h>(seen: &Seen<'h>) -> &'h [u8] {
    let secret = seen.secret();
    secret.strip_prefix(seen.prefix()).unwrap_or(secret)
}
