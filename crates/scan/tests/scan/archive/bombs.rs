//! Archives made to hold a scan up: each ends soon, at a bound that is named, and what was read
//! before it is told.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flate2::{Compression, write::GzEncoder};
use patrol_scan::{Options, source};

use super::build::{self, Entry, gzip, tar, zip, zstd};
use super::{lines, scan_named, scan_with, text};
use crate::world::{detector, skipped, token};

/// Half a minute, in a test that was not optimised, on a machine that does other things too.
const SOON: Duration = Duration::from_secs(60);

fn zeros(bytes: u64) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let piece = vec![0; 1 << 20];
    encoder.write_all(&text(1)).unwrap();
    for _ in 0..bytes >> 20 {
        encoder.write_all(&piece).unwrap();
    }
    encoder.finish().unwrap()
}

#[test]
fn a_stream_of_zeros() {
    let start = Instant::now();
    let bomb = zeros(1 << 30);
    // Ten of them, joined: 10 GB in 10 MB.
    let (coverage, found) = scan_named("zeros.gz", &bomb.repeat(10));
    assert!(lines(&found).contains(&"1 zeros:2:5".to_owned()));
    assert_eq!(skipped(&coverage), ["zeros.gz!zeros: archive bound"]);
    assert!(coverage.bytes < 5 << 30, "{}", coverage.bytes);
    assert!(start.elapsed() < SOON * 3, "{:?}", start.elapsed());
}

#[test]
fn a_small_file_unpacks_to_little() {
    let start = Instant::now();
    // Twice compressed: 10 GB in some 30 KB.
    let bomb = gzip("inner.gz", &zeros(1 << 30).repeat(10));
    let (coverage, found) = scan_named("zeros.gz", &bomb);
    assert_eq!(lines(&found), ["1 inner.gz!inner:2:5"]);
    assert_eq!(skipped(&coverage), ["zeros.gz!inner.gz!inner: archive bound"]);
    assert!(coverage.bytes < (20 << 20) + bomb.len() as u64 * 1001, "{}", coverage.bytes);
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
}

/// Members that all use the same compressed bytes: each header is a stored block of the stream
/// that the one before it begins.
#[test]
fn overlapping_members() {
    let kernel = build::deflate(&vec![0; 50 << 20]);
    let mut zip = Vec::new();
    let mut directory = Vec::new();
    let count = 1000u32;
    for n in 0..count {
        let at = zip.len() as u32;
        let header = |method: u16| {
            let mut header = b"\x14\0\0\0".to_vec();
            header.extend_from_slice(&method.to_le_bytes());
            header.extend_from_slice(&[0; 8]);
            header.extend_from_slice(&[0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0, 4, 0, 0, 0]);
            header
        };
        directory.extend_from_slice(b"PK\x01\x02\x14\0");
        directory.extend_from_slice(&header(8));
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(format!("{n:04}").as_bytes());
        zip.extend_from_slice(b"PK\x03\x04");
        zip.extend_from_slice(&header(8));
        zip.extend_from_slice(format!("{n:04}").as_bytes());
        if n + 1 < count {
            // A stored block as long as the next header with its own stored block's head.
            let length = 34u16;
            zip.push(0);
            zip.extend_from_slice(&length.to_le_bytes());
            zip.extend_from_slice(&(!length).to_le_bytes());
        }
    }
    zip.extend_from_slice(&kernel);
    let start = zip.len() as u32;
    zip.extend_from_slice(&directory);
    zip.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    zip.extend_from_slice(&[(count as u16).to_le_bytes(), (count as u16).to_le_bytes()].concat());
    zip.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    zip.extend_from_slice(&start.to_le_bytes());
    zip.extend_from_slice(&[0, 0]);
    let begun = Instant::now();
    let (coverage, _) = scan_named("overlap.zip", &zip);
    let told = skipped(&coverage);
    assert!(told.iter().any(|it| it.ends_with(": archive bound")), "{told:?}");
    assert!(coverage.bytes < (20 << 20) + zip.len() as u64 * 1001, "{}", coverage.bytes);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

#[test]
fn more_members_than_anything_has() {
    let mut many = Vec::new();
    for _ in 0..130_000 {
        many.extend(build::tar_member(b'0', b"x", b"", b""));
    }
    let (coverage, _) = scan_named("many.tar.gz", &gzip("many.tar", &many));
    assert_eq!(skipped(&coverage), ["many.tar.gz!many.tar!x: archive bound"]);
    let (coverage, _) = scan_named("many.tar", &many);
    assert_eq!(skipped(&coverage), ["many.tar: damaged"], "only its end mark is missing");
}

#[test]
fn more_findings_than_can_be_kept() {
    let tokens = format!("{}\n", token(1)).repeat(110_000);
    let packed = gzip("a", tokens.as_bytes());
    let (count, options) = (AtomicUsize::new(0), Options::default());
    let coverage = source::stdin(&mut packed.as_slice(), &detector(), &options, &|_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(count.into_inner(), 100_000);
    assert_eq!(skipped(&coverage), ["standard input!a: archive bound"]);
}

/// The same in the open, where no archive is: what is kept is bounded, and what is not is named.
#[test]
fn more_findings_than_can_be_kept_of_a_stream() {
    let tokens = format!("{}\n", token(1)).repeat(110_000);
    let (count, options) = (AtomicUsize::new(0), Options::default());
    let coverage = source::stdin(&mut tokens.as_bytes(), &detector(), &options, &|_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(count.into_inner(), 100_000);
    assert_eq!(coverage.bytes, tokens.len() as u64, "it is read to its end");
    assert_eq!(skipped(&coverage), ["standard input: archive bound"]);
}

#[test]
fn decoders_that_want_too_much_memory() {
    // A window of 1 TB, and one of 128 MiB, which the tool makes if it is asked to.
    for window in [0xf8, 0x88] {
        let mut frame = zstd(&text(1));
        let descriptor = frame[4];
        assert_eq!(descriptor & 0x20, 0, "a frame with a window");
        frame[5] = window;
        let (coverage, _) = scan_named("a.zst", &frame);
        assert_eq!(skipped(&coverage), ["a.zst: archive bound"]);
    }
    let mut huge = build::xz(&text(1));
    huge[16] = 40;
    let (coverage, _) = scan_named("a.xz", &huge);
    assert_eq!(skipped(&coverage), ["a.xz: archive bound"]);
}

#[test]
fn a_nested_zip_that_does_not_fit_is_read_as_far_as_it_does() {
    let noise: Vec<u8> =
        (0u32..9 << 20).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    let large = Entry::new("noise", 0, &noise);
    let inner = zip(&[Entry::new("first", 8, &text(1)), large, Entry::new("last", 0, &text(2))]);
    let (coverage, found) = scan_named("a.tar", &tar(&[("inner.zip", &inner)]));
    // The last one is stored as it is, so it is seen in the raw bytes of the zip.
    let (first, second) = (&lines(&found)[0], &lines(&found)[1]);
    assert_eq!(first, "1 inner.zip!first:2:5");
    assert!(second.starts_with("2 inner.zip:"), "{second}");
    let told = skipped(&coverage);
    assert!(told.contains(&"a.tar!inner.zip: archive bound".to_owned()), "{told:?}");
    // On a disk there is no such bound.
    let (coverage, found) = scan_named("inner.zip", &inner);
    assert_eq!(lines(&found), ["1 first:2:5", "2 last:2:5"]);
    assert!(coverage.is_complete(), "{:?}", skipped(&coverage));
}

#[test]
fn a_scan_can_be_stopped_inside() {
    let interrupt = Arc::new(AtomicBool::new(false));
    let options = Options { interrupt: Some(Arc::clone(&interrupt)), ..Options::default() };
    let bomb = zeros(1 << 30).repeat(3);
    let start = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            interrupt.store(true, Ordering::Relaxed);
        });
        let (coverage, _) = scan_with("zeros.gz", &bomb, &options);
        assert!(skipped(&coverage).iter().any(|it| it.ends_with(": interrupted")));
        assert!(coverage.bytes < 3 << 30);
    });
    assert!(start.elapsed() < SOON);
}
