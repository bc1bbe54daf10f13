//! Archives that are cut off or broken: what was readable is told, the rest is named.

use super::build::{self, Entry, ar, bzip2, gzip, pdf, png, tar, xz, zip, zstd};
use super::{lines, scan_named, text};
use crate::world::{skipped, token};

/// One of each kind, with a token at the beginning and a lot that cannot be compressed behind it:
/// several blocks of all but bzip2.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let mut content = text(1);
    let mut seed = 7u32;
    content.extend(
        std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        })
        .take(300_000),
    );
    let content = content.as_slice();
    let small = text(2);
    let members = [("small", small.as_slice()), ("large", content), ("last", &small)];
    let entries = members.map(|(name, content)| Entry::new(name, 8, content));
    vec![
        ("a.gz", gzip("large", content)),
        ("a.bz2", bzip2(content)),
        ("a.xz", xz(content)),
        ("a.zst", zstd(content)),
        ("a.tar", tar(&members)),
        ("a.a", ar(&members)),
        ("a.lzma", build::lzma_alone(content, false)),
        ("a.zz", build::zlib(content)),
        ("a.cpio", build::cpio(&members, false)),
        ("a.rpm", build::rpm(&gzip("", &build::cpio(&members, false)))),
        ("a.zip", zip(&entries)),
        ("a.tar.gz", gzip("a.tar", &tar(&members))),
        ("zip.xz", xz(&zip(&entries))),
        ("a.pdf", pdf("/FlateDecode", &build::zlib(content))),
        ("a.png", png(b"zTXt", &[b"k\0\0".as_slice(), &build::zlib(content)].concat())),
    ]
}

#[test]
fn cut_off_anywhere() {
    for (name, whole) in samples() {
        let (coverage, all) = scan_named(name, &whole);
        assert!(coverage.is_complete() && !all.is_empty(), "{name}: {:?}", skipped(&coverage));
        let mut most = 0;
        for part in 1..16 {
            let cut = whole.len() * part / 16;
            let (coverage, found) = scan_named(name, &whole[..cut]);
            let told = skipped(&coverage);
            assert!(!coverage.is_complete(), "{name} cut at {part}/16 is not told of");
            assert!(told.iter().all(|it| it.ends_with(": damaged")), "{name}: {told:?}");
            assert!(found.len() >= most && found.len() <= all.len(), "{name} at {part}/16");
            most = found.len();
        }
        // One block of bzip2 is all or nothing, and a zip's directory is far behind.
        assert!(most > 0 || name == "a.bz2", "{name}");
    }
}

/// Any byte may be wrong: nothing panics, and what is found is what is there.
#[test]
fn one_wrong_byte_anywhere() {
    for (name, whole) in samples() {
        for step in 0..40 {
            let mut broken = whole.clone();
            let at = (step * 7919) % whole.len().min(2000);
            broken[at] ^= 0x55;
            let (_, found) = scan_named(name, &broken);
            assert!(found.len() <= 5, "{name} at {at}");
        }
    }
}

#[test]
fn the_members_after_a_broken_one_are_read() {
    let (one, two) = (text(1), text(2));
    let mut broken = gzip("x", &one);
    let last = broken.len() - 5;
    broken[last] ^= 1; // the checksum
    let content = tar(&[("a.gz", &broken), ("b", &two)]);
    let (coverage, found) = scan_named("a.tar", &content);
    assert_eq!(lines(&found), ["1 a.gz!x:2:5", "2 b:2:5"]);
    assert_eq!(skipped(&coverage), ["a.tar!a.gz!x: damaged"]);
    // A header that is damaged: the next one is looked for.
    let mut content = tar(&[("a", &one), ("b", &one), ("c", &two)]);
    content[1024 + 5] = b'?';
    let (coverage, found) = scan_named("a.tar", &content);
    assert_eq!(lines(&found).len(), 3);
    assert!(lines(&found).contains(&"2 c:2:5".to_owned()));
    assert_eq!(skipped(&coverage), ["a.tar: damaged"]);
    let zipped = zip(&[
        Entry { data: Some(vec![0xff; 50]), ..Entry::new("a", 8, &one) },
        Entry::new("b", 8, &two),
    ]);
    let (coverage, found) = scan_named("a.zip", &zipped);
    assert_eq!(lines(&found), ["2 b:2:5"]);
    assert_eq!(skipped(&coverage), ["a.zip!a: damaged"]);
}

/// No detail of a damaged member holds what it should not.
#[test]
fn names_in_the_coverage_are_redacted() {
    let name = format!("dir/{}/x", token(1));
    let locked = Entry { flags: 1, ..Entry::new(&name, 8, b"content") };
    let (coverage, found) = scan_named("a.zip", &zip(&[locked]));
    assert_eq!(found.len(), 1);
    let told = skipped(&coverage);
    assert!(told[0].starts_with("a.zip!dir/acme_pat_") && !told[0].contains(&token(1)), "{told:?}");
}
