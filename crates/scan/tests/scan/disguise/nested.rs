//! Layers at random, one in the other.

use proptest::prelude::*;

use super::{detector, encode, token};

/// Puts one more layer around a text.
fn layer(kind: usize, text: &[u8]) -> Vec<u8> {
    let per_byte = |form: fn(u8) -> String| text.iter().map(|b| form(*b)).collect::<String>();
    match kind {
        0 => per_byte(|b| if b == b'_' { "%5F".into() } else { char::from(b).into() }).into(),
        1 => per_byte(|b| if b == b'_' { "\\u005f".into() } else { char::from(b).into() }).into(),
        2 => per_byte(|b| if b == b'_' { "&#95;".into() } else { char::from(b).into() }).into(),
        3 => per_byte(|b| if b == b'_' { "=5F".into() } else { char::from(b).into() }).into(),
        4 => encode::base64(text),
        5 => encode::hex(text),
        6 => encode::utf16(text, false),
        _ => encode::base64(&encode::gzip(text)),
    }
}

/// What goes over what, besides any one layer by itself: the literals know of these.
const PAIRS: [(usize, usize); 14] = [
    (4, 4),
    (5, 4),
    (4, 5),
    (6, 4),
    (6, 5),
    (0, 7),
    (1, 7),
    (2, 7),
    (3, 7),
    (4, 7),
    (5, 7),
    (7, 7),
    (6, 7),
    (0, 6),
];

proptest! {
    #[test]
    fn known_layers_are_taken_off(
        pair in prop::sample::select(PAIRS.to_vec()),
        seed in 0u8..200,
        before in "[a-z ]{0,9}", after in "[ a-z\"\n]{0,9}",
    ) {
        let token = token("acme_pat", seed);
        let text = layer(pair.0, format!("{before}{token}{after}").as_bytes());
        let text = layer(pair.1, &text);
        let found = detector(&["acme_pat"]).matches(&text);
        prop_assert_eq!(found.len(), 1, "{:?}", pair);
        prop_assert!(found[0].encoding.len() >= 2);
    }

    /// Whatever the layers: nothing but this token, a place within the text, and no panic.
    #[test]
    fn any_layers_are_survived(
        layers in prop::collection::vec(0usize..8, 0..5), seed in 0u8..200, cut in any::<prop::sample::Index>(),
    ) {
        let token = token("acme_pat", seed);
        let digest = patrol_token::TokenDigest::of(token.as_bytes());
        let mut text = token.into_bytes();
        for kind in layers {
            text = layer(kind, &text);
        }
        let detector = detector(&["acme_pat"]);
        for found in detector.matches(&text).iter().chain(&detector.matches(&text[cut.index(text.len())..])) {
            prop_assert!(found.start < found.end && found.end <= text.len());
            prop_assert_eq!(found.secret.digest(), digest.as_bytes());
        }
    }
}
