//! Bytes in which numbers stand for what leads to a decoder: each of them gets any bytes around
//! it. No panic, every place within the content, and work in proportion to its length.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use patrol_scan::Detector;

static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    Detector::new(&["acme_pat", "abc"].map(|text| text.parse().expect("a prefix")))
});

/// What the prefixes look like, and a token's rest.
const PIECES: [&[u8]; 32] = [
    b"acme_pat_",
    b"acme",
    b"at_0",
    b"abc_",
    b"bc_0",
    b"YWNt",
    b"Y21l",
    b"bWVf",
    b"cGF0",
    b"H4sI",
    b"H4sIAAAAAAAAA",
    b"MFRW",
    b"616364",
    b"706174",
    b"61 63 6d 65 ",
    b"6163 6d65 ",
    b"6361 656d ",
    b"0x61, 0x63, 0x6d, ",
    b"97, 99, 109, 101, ",
    b"112,97,116,",
    b"a\0c\0m\0e\0",
    b"%61%63%6d",
    b"%2561%2563",
    b"=61=63=6D",
    b"\\x61\\x63\\x6d",
    b"\\u0061\\u0063",
    b"&#97;&#99;&#109;",
    b"acme%5Fpat%5F0",
    b"\" + \"",
    b"\\\n",
    b"a','c','m','",
    b"01JD3KQ8Z5V7W2N9X4C6B8M0T1_",
];

fuzz_target!(|bytes: &[u8]| {
    let mut content = Vec::new();
    for byte in bytes {
        match byte.checked_sub(224).and_then(|number| PIECES.get(usize::from(number))) {
            Some(piece) => content.extend_from_slice(piece),
            None => content.push(*byte),
        }
    }
    let (found, work) = DETECTOR.matches_with_work(&content);
    assert!(work.decoded() <= (4 << 20) + 64 * content.len() as u64);
    assert!(found.is_empty() || DETECTOR.is_hot(&content));
    for found in found {
        assert!(found.start < found.end && found.end <= content.len());
    }
});
