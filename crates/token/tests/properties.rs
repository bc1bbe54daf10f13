//! Properties of the format over random tokens.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use patrol_token::{
    Entropy, EntropyError, MAX_LEN, MIN_LEN, PlainToken, Prefix, TokenId, TokenRef, redact_text,
};
use proptest::prelude::*;

/// Bytes drawn by proptest, repeated when they run out.
struct Drawn(Vec<u8>);

impl Entropy for Drawn {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        buffer.iter_mut().zip(self.0.iter().cycle()).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

fn tokens() -> impl Strategy<Value = (Prefix, TokenId, PlainToken)> {
    let prefix = "[a-z][a-z0-9]{2,9}(_[a-z0-9]{1,10}){0,2}";
    let seed = prop::collection::vec(0u8..248, 48);
    (prefix, 0u64..1 << 48, any::<[u8; 10]>(), seed).prop_map(|(prefix, ms, random, seed)| {
        let prefix: Prefix = prefix.parse().unwrap();
        let id = TokenId::new(ms, random);
        let token = PlainToken::mint(&prefix, id, &Drawn(seed)).unwrap();
        (prefix, id, token)
    })
}

proptest! {
    #[test]
    fn minting_and_parsing_agree((prefix, id, token) in tokens()) {
        let text = token.expose();
        prop_assert!((MIN_LEN..=MAX_LEN).contains(&text.len()));
        let parsed = TokenRef::parse(text).unwrap();
        prop_assert_eq!(parsed.prefix(), prefix.as_str());
        prop_assert_eq!(parsed.id(), id);
        prop_assert_eq!(parsed.digest(), token.digest());
        prop_assert_eq!(TokenId::from_bytes(id.to_bytes()), id);
    }

    /// CRC-32 finds every burst shorter than 32 bits, so every changed character, not only most.
    #[test]
    fn any_single_changed_character_is_refused(
        (_, _, token) in tokens(), place in any::<prop::sample::Index>(), new in any::<u8>(),
    ) {
        let mut bytes = token.expose().as_bytes().to_vec();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != new);
        bytes[place] = new;
        prop_assert!(TokenRef::parse_bytes(&bytes).is_err());
    }

    #[test]
    fn nothing_panics_and_only_whole_tokens_parse(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        prop_assert!(TokenRef::parse_bytes(&bytes).is_err());
    }

    #[test]
    fn redaction_leaves_no_secret(
        (_, _, token) in tokens(), before in "[a-z/_0-9é ]{0,40}", after in "[a-zA-Z0-9_é]{0,40}",
    ) {
        let text = format!("{before}{}{after}", token.expose());
        let shown = redact_text(&text);
        let secret = &token.expose()[token.expose().len() - 36..];
        prop_assert!(!shown.contains(secret), "{shown}");
        prop_assert!(shown.ends_with(&after));
    }
}

/// The last character of one token is the first of the next: both are secrets.
#[test]
fn overlapping_tokens_are_both_hidden() {
    let mint = |seed: u8| {
        let bytes: Vec<u8> = (0..48).map(|n| (n * 5 % 248) ^ seed).map(|b| b % 248).collect();
        let id = TokenId::new(1_700_000_000_000, [seed; 10]);
        PlainToken::mint(&"abc".parse().unwrap(), id, &Drawn(bytes)).unwrap()
    };
    let next = mint(200);
    let ends_in_a = (0..=255).map(mint).find(|token| token.expose().ends_with('a'));
    let text = format!("{}{}", ends_in_a.unwrap().expose(), &next.expose()[1..]);
    let shown = redact_text(&text);
    assert!(!shown.contains(&next.expose()[40..]), "{shown}");
    assert_eq!(shown.matches('…').count(), 2, "{shown}");
}

#[test]
fn secret_characters_are_unbiased() {
    /// Every byte value once, so each accepted one of the 248 counts equally.
    struct Counting(std::cell::Cell<u8>);
    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
            for byte in buffer {
                *byte = self.0.get();
                self.0.set(self.0.get().wrapping_add(1));
            }
            Ok(())
        }
    }
    let entropy = Counting(std::cell::Cell::new(0));
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..2000 {
        let id = TokenId::new(1, [0; 10]);
        let token = PlainToken::mint(&"abc".parse().unwrap(), id, &entropy).unwrap();
        for c in token.expose()[31..61].chars() {
            *seen.entry(c).or_insert(0u32) += 1;
        }
    }
    assert_eq!(seen.len(), 62);
    let mean = 2000 * 30 / 62;
    assert!(seen.values().all(|n| n.abs_diff(mean) < mean / 4), "{seen:?}");
}
