//! Any bytes: every match is a token that parses, at the place that is told.
#![no_main]

use libfuzzer_sys::fuzz_target;
use patrol_scan::Detector;
use patrol_token::TokenRef;

fuzz_target!(|bytes: &[u8]| {
    let prefixes = ["acme", "acme_pat", "abc"].map(|text| text.parse().expect("a prefix"));
    for found in Detector::new(&prefixes).matches(bytes) {
        assert!(TokenRef::parse_bytes(&bytes[found.start..found.end]).is_ok());
    }
});
