//! One of each kind, and one in another.

use flate2::GzBuilder;
use patrol_scan::{Excludes, Options, Origin, Place, SourceKind};
use sha2::{Digest as _, Sha256};

use super::build::{self, Entry, ar, bzip2, gzip, pdf, png, tar, tar_member, xz, zip, zstd};
use super::{check, lines, scan_named, scan_with, text};
use crate::world::{skipped, token};

#[test]
fn every_kind() {
    let text = text(1);
    check("a.gz", &gzip("inner.txt", &text), &["1 inner.txt:2:5"]);
    check("a.tar", &tar(&[("dir/x", &text), ("y", b"")]), &["1 dir/x:2:5"]);
    check("a.bz2", &bzip2(&text), &["1 a:2:5"]);
    check("a.txt.xz", &xz(&text), &["1 a.txt:2:5"]);
    check("a.zst", &zstd(&text), &["1 a:2:5"]);
    check("nothing", &zstd(&text), &["1 data:2:5"]);
    check("a.a", &ar(&[("x.o", &text), ("y.o", &text)]), &["1 x.o:2:5", "1 y.o:2:5"]);
    for method in [0, 8, 12, 14, 93, 95] {
        let wanted = ["1 dir/x:2:5"];
        check(&format!("{method}.zip"), &zip(&[Entry::new("dir/x", method, &text)]), &wanted);
        let behind = Entry { flags: 8, ..Entry::new("dir/x", method, &text) };
        check(&format!("{method}-behind.zip"), &zip(&[behind]), &wanted);
    }
}

#[test]
fn packages_and_older_formats() {
    let text = text(1);
    check("a.txt.lzma", &build::lzma_alone(&text, true), &["1 a.txt:2:5"]);
    check("a.txt.lzma", &build::lzma_alone(&text, false), &["1 a.txt:2:5"]);
    check("a.txt.zz", &build::zlib(&text), &["1 a.txt:2:5"]);
    for is_old in [false, true] {
        let members = [("dir/x", text.as_slice()), ("y", b"four"), ("z", &text)];
        let wanted = ["1 dir/x:2:5", "1 z:2:5"];
        check("a.cpio", &build::cpio(&members, is_old), &wanted);
    }
    let cpio = build::cpio(&[("./etc/x", &text)], false);
    // Two of them joined, as kernels take them.
    let both = [cpio.clone(), gzip("", &cpio)].concat();
    check("initrd", &both, &["1 ./etc/x:2:5", "1 data!./etc/x:2:5"]);
    for packed in [gzip("", &cpio), xz(&cpio), zstd(&cpio), build::lzma_alone(&cpio, false)] {
        check("a.rpm", &build::rpm(&packed), &["1 data!./etc/x:2:5"]);
    }
    let (coverage, _) = scan_named("a.rpm", &build::rpm(b"something else"));
    assert_eq!(skipped(&coverage), ["a.rpm: unsupported storage"]);
    // A repository's loose object, in a backup of all its files.
    let object = build::zlib(&[&b"blob 99\0"[..], &text].concat());
    check("backup.tar", &tar(&[(".git/objects/ab/c", &object)]), &["1 .git/objects/ab/c!data:2:5"]);
    for (name, magic) in [("a.Z", &b"\x1f\x9d\x90"[..]), ("a.lz4", b"\x04\x22\x4d\x18")] {
        let (coverage, _) = scan_named(name, &[magic, &[0; 100]].concat());
        assert_eq!(skipped(&coverage), [format!("{name}: unsupported storage")]);
    }
}

/// What is joined with something in between, and documents that do not begin at the beginning.
#[test]
fn archives_between_other_bytes() {
    let (one, two) = (text(1), text(2));
    for junk in
        [&b"\n-- signature --\n"[..], &b"junk \x1f\x8b\x08\xff BZh9 PK\x03\x04 ".repeat(900)]
    {
        let joined = |second: &[u8]| [&gzip("in", &one), junk, second].concat();
        check("a.gz", &joined(&gzip("x", &two)), &["1 in:2:5", "2 x:2:5"]);
        check("a.gz", &joined(&xz(&two)), &["1 in:2:5", "2 a:2:5"]);
        check("a.gz", &joined(&bzip2(&two)), &["1 in:2:5", "2 a:2:5"]);
        check("a.gz", &joined(&zstd(&two)), &["1 in:2:5", "2 a:2:5"]);
        let zipped = zip(&[Entry::new("x", 8, &two)]);
        check("a.gz", &joined(&zipped), &["1 in:2:5", "2 x:2:5"]);
    }
    let document = pdf("/FlateDecode", &build::zlib(&one));
    for before in [1, 600, 1024] {
        let late = [&b"#".repeat(before)[..], &document].concat();
        check("late.pdf", &late, &["1 object 7 0:2:5"]);
    }
    let both = [document, zip(&[Entry::new("x", 8, &two)])].concat();
    check("both.pdf", &both, &["1 object 7 0:2:5", "2 x:2:5"]);
}

#[test]
fn parts_of_documents_and_pictures() {
    let text = text(1);
    check("a.pdf", &pdf("/FlateDecode", &build::zlib(&text)), &["1 object 7 0:2:5"]);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X} ")).collect::<String>();
    let digits = hex(&build::zlib(&text)) + ">";
    let filter = "[/ASCIIHexDecode /FlateDecode]";
    check("b.pdf", &pdf(filter, digits.as_bytes()), &["1 object 7 0:2:5"]);
    // Digits alone hide nothing from the detector either.
    let (_, found) = scan_named("c.pdf", &pdf("/AHx", (hex(&text) + ">").as_bytes()));
    assert!(lines(&found).contains(&"1 object 7 0:2:5".to_owned()));
    check("d.pdf", &pdf("/A85", base85(&text).as_bytes()), &["1 object 7 0:2:5"]);
    // `>` is a digit of base 85, and no end.
    let packed = (0..).map(|n| build::zlib(&[&text[..], format!("{n}").as_bytes()].concat()));
    let digits = packed.map(|packed| base85(&packed)).find(|it| it[..40].contains('>')).unwrap();
    let filter = "[/ASCII85Decode/FlateDecode]";
    check("e.pdf", &pdf(filter, digits.as_bytes()), &["1 object 7 0:2:5"]);
    let packed = build::zlib(&text);
    let chunk = |head: &[u8]| [head, &packed].concat();
    check("a.png", &png(b"zTXt", &chunk(b"Comment\0\0")), &["1 zTXt Comment:2:5"]);
    check("b.png", &png(b"iTXt", &chunk(b"Title\0\x01\0en\0Titel\0")), &["1 iTXt Title:2:5"]);
    check("c.png", &png(b"iCCP", &chunk(b"ICC\0\0")), &["1 iCCP ICC:2:5"]);
}

/// What makes a picture is left as it is; its name beside another filter hides nothing.
#[test]
fn a_filter_of_pictures_hides_no_other_one() {
    let packed = build::zlib(&text(1));
    check("a.pdf", &pdf("[/FlateDecode /DCTDecode]", &packed), &["1 object 7 0:2:5"]);
    check("b.pdf", &pdf("/FlateDecode /Note /DCTDecode", &packed), &["1 object 7 0:2:5"]);
    let told = |filter: &str| skipped(&scan_named("c.pdf", &pdf(filter, &packed)).0);
    assert_eq!(told("/DCTDecode"), [] as [&str; 0]);
    assert_eq!(told("/DCTDecode /Filter /FlateDecode"), ["c.pdf!object 7 0: unsupported storage"]);
}

fn base85(bytes: &[u8]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(4) {
        let mut four = [0; 4];
        four[..group.len()].copy_from_slice(group);
        let mut number = u32::from_be_bytes(four);
        let mut digits = [0; 5];
        for digit in digits.iter_mut().rev() {
            *digit = b'!' + (number % 85) as u8;
            number /= 85;
        }
        out.extend(digits[..group.len() + 1].iter().map(|digit| char::from(*digit)));
    }
    out + "~>"
}

#[test]
fn joined_streams_are_one_content() {
    let text = text(1);
    // The token lies across the two.
    let (one, two) = text.split_at(30);
    check("a.gz", &[gzip("x", one), gzip("x", two)].concat(), &["1 x:2:5"]);
    check("b.gz", &[gzip("x", one), vec![0; 700], gzip("x", two)].concat(), &["1 x:2:5"]);
    check("a.bz2", &[bzip2(one), bzip2(two)].concat(), &["1 a:2:5"]);
    check("a.xz", &[xz(one), vec![0; 8], xz(two)].concat(), &["1 a:2:5"]);
    let skippable = b"\x5a\x2a\x4d\x18\x03\0\0\0abc";
    check("a.zst", &[&skippable[..], &zstd(one), skippable, &zstd(two)].concat(), &["1 a:2:5"]);
}

#[test]
fn nested_three_deep_and_more() {
    let text = text(1);
    let inner = gzip("x.txt", &text);
    let middle = tar(&[("a", b"nothing"), ("dir/inner.gz", &inner)]);
    let outer = zip(&[Entry::new("b", 8, b"nothing"), Entry::new("mid.tar", 8, &middle)]);
    check("outer.zip", &outer, &["1 mid.tar!dir/inner.gz!x.txt:2:5"]);
    let wanted = ["1 o.tar!outer.zip!mid.tar!dir/inner.gz!x.txt:2:5"];
    check("o.tar.xz", &xz(&tar(&[("outer.zip", &outer)])), &wanted);
    check(
        "p.tar.bz2",
        &bzip2(&tar(&[("p.pdf", &pdf("/Fl", &build::zlib(&inner)))])),
        &["1 p.tar!p.pdf!object 7 0!x.txt:2:5"],
    );
    check(
        "z.zst",
        &zstd(&ar(&[("control.tar.xz", &xz(&tar(&[("./x", &text)])))])),
        &["1 z!control.tar.xz!control.tar!./x:2:5"],
    );
}

#[test]
fn deeper_than_allowed_is_named() {
    let mut content = text(1);
    for _ in 0..3 {
        content = gzip("x", &content);
    }
    let options = |max_archive_depth| Options { max_archive_depth, ..Options::default() };
    let (coverage, found) = scan_with("a.gz", &content, &options(3));
    assert_eq!(lines(&found), ["1 x!x!x:2:5"]);
    assert!(coverage.is_complete());
    let (coverage, found) = scan_with("a.gz", &content, &options(2));
    assert_eq!(lines(&found), [] as [&str; 0]);
    assert_eq!(skipped(&coverage), ["a.gz!x!x: archive bound"]);
    let (coverage, found) = scan_with("a.gz", &content, &options(0));
    assert_eq!(lines(&found), [] as [&str; 0]);
    assert_eq!(skipped(&coverage), ["a.gz: excluded"]);
    assert!(coverage.is_complete() && coverage.is_limited());
    // Whatever is allowed, there is an end.
    for _ in 3..40 {
        content = gzip("", &content);
    }
    let (coverage, _) = scan_with("a.gz", &content, &options(usize::MAX));
    assert_eq!(skipped(&coverage)[0].matches('!').count(), 16);
    let excludes = Excludes::new(["*.gz"]).unwrap();
    let (coverage, _) = scan_with("a.gz", &content, &Options { excludes, ..Options::default() });
    assert_eq!(skipped(&coverage), ["a.gz: excluded"]);
}

#[test]
fn the_place_is_that_of_the_member() {
    let text = text(1);
    let packed = zip(&[Entry::new("some/x.txt", 8, &text)]);
    let (_, found) = scan_named("a.zip", &packed);
    let [finding] = &found[..] else { panic!("{}", found.len()) };
    let at = &finding.location;
    assert_eq!(
        (at.source, at.offset, at.end_column),
        (SourceKind::Worktree, 16, 5 + token(1).len() as u64)
    );
    assert!(at.path.as_ref().unwrap().ends_with(b"a.zip"));
    assert_eq!(finding.place, Place::new(Origin::Content(Sha256::digest(&text).into()), 15));
}

#[test]
fn names_comments_and_headers() {
    let token = token(1);
    let named = format!("dir/{token}/x");
    let wanted = "tree-entry";
    let gz = gzip_comment(&token);
    let mut pax = tar_member(b'x', b"pax", b"", pax_record("path", &named).as_bytes());
    pax.extend(tar(&[("short", b"content")]));
    let mut gnu = tar_member(b'L', b"././@LongLink", b"", format!("{named}\0").as_bytes());
    gnu.extend(tar(&[("short", b"content")]));
    let mut link = tar_member(b'2', b"link", token.as_bytes(), b"");
    link.extend(tar(&[]));
    let mut noted = tar_member(b'x', b"pax", b"", pax_record("comment", &token).as_bytes());
    noted.extend(tar(&[("short", b"content")]));
    let comment = Entry { comment: token.clone(), ..Entry::new("x", 8, b"content") };
    let archive_comment = build::zip_with(&[Entry::new("x", 8, b"content")], &token, b"");
    for (name, content, source) in [
        ("name.gz", gzip(&named, b"content"), wanted),
        ("name.tar", tar(&[(named.as_str(), b"content")]), wanted),
        ("name.zip", zip(&[Entry::new(&named, 8, b"content")]), wanted),
        ("pax.tar", pax, wanted),
        ("gnu.tar", gnu, wanted),
        ("comment.gz", gz, "header"),
        ("link.tar", link, "header"),
        ("noted.tar", noted, "header"),
        ("comment.zip", zip(&[comment]), "header"),
        ("archive.zip", archive_comment, "header"),
    ] {
        let (coverage, found) = scan_named(name, &xz(&content));
        assert!(coverage.is_complete(), "{name}: {:?}", skipped(&coverage));
        let sources: Vec<&str> = found.iter().map(|it| it.location.source.as_str()).collect();
        assert!(sources.contains(&source), "{name}: {sources:?}");
        // What is shown has the token's public form only; `collect` looked for the secret.
        assert!(found.iter().all(|it| it.location.archive.is_some()), "{name}");
    }
}

fn gzip_comment(comment: &str) -> Vec<u8> {
    build::gzip_with(GzBuilder::new().filename("x").comment(comment), b"content")
}

fn pax_record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let length = (rest.len()..).find(|n| n.to_string().len() + rest.len() == *n).unwrap();
    format!("{length}{rest}")
}

#[test]
fn what_lies_open_is_told_once() {
    let text = text(1);
    // As it is in the file: told with the member's name only.
    check("a.tar", &tar(&[("x", &text)]), &["1 x:2:5"]);
    check("a.zip", &zip(&[Entry::new("x", 0, &text)]), &["1 x:2:5"]);
    check("b.tar", &tar(&[("x.tar", &tar(&[("y", &text)]))]), &["1 x.tar!y:2:5"]);
    // Where no member is, it is told of as ever.
    let mut behind = tar(&[("x", &text)]);
    let at = behind.len();
    behind.extend_from_slice(token(1).as_bytes());
    let (_, found) = scan_named("c.tar", &behind);
    assert_eq!(lines(&found).len(), 2);
    assert!(
        found
            .iter()
            .any(|it| { it.location.archive.is_none() && it.location.offset == at as u64 + 1 })
    );
}

#[test]
fn what_stands_behind_or_before_is_opened_too() {
    let (one, two) = (text(1), text(2));
    let zipped = zip(&[Entry::new("x", 8, &two)]);
    let both = ["1 in:2:5", "2 x:2:5"];
    check("a.gz", &[gzip("in", &one), xz(&two)].concat(), &["1 in:2:5", "2 a:2:5"]);
    check("a.tar", &[tar(&[("in", &one)]), gzip("x", &two)].concat(), &both);
    let picture = png(b"zTXt", &[b"k\0\0".as_slice(), &build::zlib(&one)].concat());
    check("a.png", &[picture, zipped.clone()].concat(), &["1 zTXt k:2:5", "2 x:2:5"]);
    // A program that unpacks itself: anything, and then a zip whose places count from it.
    let program = build::zip_with(&[Entry::new("x", 8, &two)], "", &[b'#'; 5000]);
    let (_, found) = scan_named("setup", &program);
    assert_eq!(lines(&found), ["2 x:2:5"]);
    let (_, found) = scan_named("glued", &[&[b'#'; 5000][..], &zipped].concat());
    assert_eq!(lines(&found), ["2 x:2:5"]);
    // Members behind the mark that ends a tar.
    check("b.tar", &[tar(&[("in", &one)]), tar(&[("x", &two)])].concat(), &both);
}
