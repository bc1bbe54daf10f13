//! The traps of zip: two lists of members, sizes that lie, members in none of the lists.

use super::build::{self, Entry, deflate, zip, zip_with};
use super::{check, lines, scan_named, text};
use crate::world::{skipped, token};

#[test]
fn members_that_the_directory_does_not_list() {
    let hidden = Entry { is_hidden: true, ..Entry::new("hidden", 8, &text(1)) };
    let shown = Entry::new("shown", 8, b"nothing");
    let wanted = ["1 hidden:2:5"];
    check("first.zip", &zip(&[hidden.clone(), shown.clone()]), &wanted);
    check("middle.zip", &zip(&[shown.clone(), hidden.clone(), shown.clone()]), &wanted);
    check("last.zip", &zip(&[shown.clone(), hidden.clone()]), &wanted);
    let stored = Entry { is_hidden: true, ..Entry::new("hidden", 0, &text(1)) };
    check("stored.zip", &zip(&[shown.clone(), stored.clone()]), &wanted);
    let behind = Entry { flags: 8, ..stored };
    check("behind.zip", &zip(&[shown, behind]), &wanted);
}

#[test]
fn a_directory_that_is_not_there() {
    let whole = zip(&[Entry::new("x", 8, &text(1)), Entry::new("y", 0, &text(2))]);
    let at = memchr::memmem::find(&whole, b"PK\x01\x02").unwrap();
    let (coverage, found) = scan_named("a.zip", &whole[..at]);
    assert_eq!(lines(&found), ["1 x:2:5", "2 y:2:5"]);
    assert_eq!(skipped(&coverage), ["a.zip: damaged"]);
    // One that ends in its middle.
    let mut broken = whole.clone();
    let second = memchr::memmem::rfind(&whole, b"PK\x01\x02").unwrap();
    broken[second] = b'?';
    let (coverage, found) = scan_named("a.zip", &broken);
    assert_eq!(lines(&found), ["1 x:2:5", "2 y:2:5"]);
    assert_eq!(skipped(&coverage), ["a.zip: damaged"]);
    // And one that leads nowhere.
    let mut astray = whole.clone();
    astray[at + 42..at + 46].copy_from_slice(&0x00ff_ffffu32.to_le_bytes());
    let (coverage, found) = scan_named("a.zip", &astray);
    assert_eq!(lines(&found), ["1 x:2:5", "2 y:2:5"]);
    assert_eq!(skipped(&coverage), ["a.zip!x: damaged"]);
}

#[test]
fn the_same_name_twice_and_two_names() {
    let twice = zip(&[Entry::new("x", 8, &text(1)), Entry::new("x", 8, &text(2))]);
    check("a.zip", &twice, &["1 x:2:5", "2 x:2:5"]);
    let local_name = Some(token(3));
    let other = Entry { local_name, ..Entry::new("harmless", 8, b"content") };
    let (coverage, found) = scan_named("b.zip", &zip(&[other]));
    assert!(coverage.is_complete());
    assert_eq!(found.len(), 1);
    let archive = found[0].location.archive.as_ref().unwrap().to_string();
    assert!(archive.starts_with("acme_pat_") && archive.ends_with('\u{2026}'), "{archive}");
}

#[test]
fn sizes_and_checksums_that_lie() {
    let content = text(1);
    let member = |packed, crc| {
        zip(&[Entry { packed, crc, ..Entry::new("x", 8, &content) }, Entry::new("y", 8, &text(2))])
    };
    // The compressed bytes end where they end.
    check("short.zip", &member(Some(3), None), &["1 x:2:5", "2 y:2:5"]);
    check("long.zip", &member(Some(0x00ff_ffff), None), &["1 x:2:5", "2 y:2:5"]);
    let (coverage, found) = scan_named("crc.zip", &member(None, Some(7)));
    assert_eq!(lines(&found), ["1 x:2:5", "2 y:2:5"]);
    assert_eq!(skipped(&coverage), ["crc.zip!x: damaged"]);
    // More content than the header says.
    let data = Some(deflate(&[content.as_slice(), &content].concat()));
    let more = zip(&[Entry { data, ..Entry::new("x", 8, &content) }]);
    let (coverage, found) = scan_named("more.zip", &more);
    assert_eq!(lines(&found), ["1 x:2:5", "1 x:4:5"]);
    assert_eq!(skipped(&coverage), ["more.zip!x: damaged"]);
}

/// A header that says "stored" where the directory says "deflated".
#[test]
fn headers_that_disagree() {
    let mut bytes = zip(&[Entry::new("x.gz", 8, &build::gzip("y", &text(1)))]);
    bytes[8] = 0;
    let (coverage, found) = scan_named("a.zip", &bytes);
    assert_eq!(lines(&found), ["1 x.gz!y:2:5"]);
    // The sizes of what the other header says do not fit either.
    assert_eq!(skipped(&coverage), ["a.zip!x.gz: damaged"; 2]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let encrypted = Entry { flags: 1, ..Entry::new("locked", 8, &text(1)) };
    let aes = Entry { method: 99, ..Entry::new("aes", 8, &text(2)) };
    let ppmd = Entry { data: Some(vec![1; 99]), ..Entry::new("ppmd", 98, &text(3)) };
    let open = Entry::new("open", 8, &text(4));
    let (coverage, found) = scan_named("a.zip", &zip(&[encrypted, aes, ppmd, open]));
    // They are in plain here, in spite of what their headers say, and are seen as raw bytes.
    assert_eq!(lines(&found)[1], "4 open:2:5");
    assert!(lines(&found)[0].starts_with("2 (raw):"), "{:?}", lines(&found));
    assert_eq!(
        skipped(&coverage),
        [
            "a.zip!aes: encrypted archive",
            "a.zip!locked: encrypted archive",
            "a.zip!ppmd: unsupported storage",
        ]
    );
    assert!(!coverage.is_complete());
    for (name, magic) in [("a.7z", &b"7z\xbc\xaf\x27\x1c"[..]), ("a.rar", b"Rar!\x1a\x07\x01\0")] {
        let (coverage, _) = scan_named(name, &[magic, &[0; 100]].concat());
        assert_eq!(skipped(&coverage), [format!("{name}: unsupported storage")]);
    }
    let pdf = [&build::pdf("/FlateDecode", &[7; 50])[..], b"/Encrypt 3 0 R"].concat();
    assert_eq!(skipped(&scan_named("a.pdf", &pdf).0), ["a.pdf: encrypted archive"]);
}

#[test]
fn strange_names() {
    let mut long = Entry::new(&"n".repeat(60_000), 8, &text(1));
    long.comment = "c".repeat(60_000);
    let up = Entry::new("../../etc/x\u{1b}[2J", 8, &text(2));
    let none = Entry::new("", 8, &text(3));
    let (coverage, found) = scan_named("a.zip", &zip_with(&[long, up, none], "", b""));
    assert!(coverage.is_complete(), "{:?}", skipped(&coverage));
    let mut names: Vec<_> =
        found.iter().map(|it| it.location.archive.clone().unwrap().to_string()).collect();
    names.sort_by_key(String::len);
    assert_eq!(names[..2], ["(no name)", "../../etc/x\u{1b}[2J"]);
    assert_eq!(names[2].chars().count(), 4097);
}
