//! Any bytes: every match is a token of a prefix that is looked for, at a place within them; what
//! stands there in plain parses. Nothing is found where no literal is, and work is bounded.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use patrol_scan::Detector;
use patrol_token::TokenRef;

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    Detector::new(&["acme", "acme_pat", "abc"].map(|text| text.parse().expect("a prefix")))
});

fuzz_target!(|bytes: &[u8]| {
    let (found, work) = DETECTOR.matches_with_work(bytes);
    assert!(found.is_empty() || DETECTOR.is_hot(bytes));
    assert!(work.decoded() <= (4 << 20) + 64 * bytes.len() as u64);
    for found in found {
        let text = &bytes[found.start..found.end];
        let own = found.secret.own().expect("an own token");
        assert!(DETECTOR.prefixes().contains(&own.prefix));
        if found.encoding.is_empty() {
            let token = TokenRef::parse_bytes(text).expect("a token");
            assert_eq!(token.digest().as_bytes(), own.digest.as_bytes());
        }
    }
});
