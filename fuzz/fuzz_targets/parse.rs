//! Any bytes: parsing answers, and what parses is exactly what was given.
#![no_main]

use libfuzzer_sys::fuzz_target;
use patrol_token::TokenRef;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(token) = TokenRef::parse_bytes(bytes) {
        let text = std::str::from_utf8(bytes).expect("a token is ASCII");
        assert!(text.starts_with(&format!("{}_{}_", token.prefix(), token.id())));
        let mut other = bytes.to_vec();
        for at in 0..other.len() {
            other[at] ^= 1;
            assert!(TokenRef::parse_bytes(&other).is_err(), "a changed character at {at} passed");
            other[at] ^= 1;
        }
    }
});
