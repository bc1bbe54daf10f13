//! Any bytes as an archive, in memory and as a stream: an answer soon, no panic, and never more
//! unpacked than the bounds allow.
#![no_main]

use libfuzzer_sys::fuzz_target;
use patrol_scan::archive::{self, Outer};
use patrol_scan::{Coverage, Detector, Options, SourceKind, source};

/// What any file may unpack to, what each of its bytes may add, and one window beyond.
const FREE: u64 = (10 << 20) + (1 << 20);
const FOR_EACH_BYTE: u64 = 1_000;

fuzz_target!(|bytes: &[u8]| {
    let detector = Detector::new(&["acme_pat".parse().expect("a prefix")]);
    let options = Options::default();
    let most = FREE + bytes.len() as u64 * FOR_EACH_BYTE;
    let source = SourceKind::Blob;
    let outer = Outer { name: b"outer", inner_name: b"outer", source, path: b"outer" };
    let mut coverage = Coverage::default();
    let mut report = |_| {};
    archive::search(bytes, &outer, &detector, &options, &mut coverage, &mut report);
    assert!(coverage.bytes <= most, "{} of {}", coverage.bytes, bytes.len());
    let coverage = source::stdin(&mut &*bytes, &detector, &options, &|_| {});
    assert!(coverage.bytes <= most + bytes.len() as u64);
});
