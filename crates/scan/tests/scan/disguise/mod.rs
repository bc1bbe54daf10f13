//! Own tokens in every disguise: found once, where they stand, and called what they are; and not
//! found once a character of the secret is another one.

mod bounds;
mod dumps;
mod encode;
mod matrix;
mod nested;
mod pieces;

use patrol_scan::Detector;
use patrol_token::{Entropy, EntropyError, PlainToken, TokenId};

struct Fixed(u8);

impl Entropy for Fixed {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        let mut state = u32::from(self.0) * 2_654_435 + 1;
        for byte in buffer {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (state >> 16) as u8;
        }
        Ok(())
    }
}

pub(crate) fn token(prefix: &str, seed: u8) -> String {
    let id = TokenId::new(1_760_000_000_000 + u64::from(seed), [seed ^ 0x5a; 10]);
    PlainToken::mint(&prefix.parse().unwrap(), id, &Fixed(seed)).unwrap().expose().to_owned()
}

/// The same with one character of the secret changed: a look-alike.
pub(crate) fn altered(token: &str) -> String {
    let mut bytes = token.as_bytes().to_vec();
    let place = bytes.len() - 15;
    bytes[place] = if bytes[place] == b'x' { b'y' } else { b'x' };
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn detector(prefixes: &[&str]) -> Detector {
    let prefixes: Vec<_> = prefixes.iter().map(|prefix| prefix.parse().unwrap()).collect();
    Detector::new(&prefixes)
}

/// What is found, as text: places, redacted tokens and layers.
pub(crate) fn found(detector: &Detector, bytes: &[u8]) -> Vec<String> {
    let found = detector.matches(bytes);
    assert!(found.is_empty() || detector.is_hot(bytes), "found without a literal");
    let layers = |it: &patrol_scan::Match| {
        it.encoding.iter().map(|layer| layer.as_str()).collect::<Vec<_>>().join(" ")
    };
    found
        .iter()
        .map(|it| format!("{}..{} {} {}", it.start, it.end, it.secret.redacted(), layers(it)))
        .collect()
}
