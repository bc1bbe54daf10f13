//! What is inside of archives: every kind, nested, hidden, damaged, hostile.

mod bombs;
pub(crate) mod build;
mod damage;
mod kinds;
mod tools;
mod zips;

use patrol_scan::{Coverage, Finding, Options, Place, source};

use crate::world::{World, collect, detector, number, skipped, token};

/// A file of this name with this content, scanned.
fn scan_named(name: &str, content: &[u8]) -> (Coverage, Vec<Finding>) {
    scan_with(name, content, &Options::default())
}

fn scan_with(name: &str, content: &[u8], options: &Options) -> (Coverage, Vec<Finding>) {
    let world = World::empty();
    std::fs::write(world.repo.join(name), content).unwrap();
    let (coverage, found) = collect(|sink| {
        source::tree(std::slice::from_ref(&world.repo), &detector(), options, sink).unwrap()
    });
    (rooted(&world, coverage), found)
}

/// The coverage is about one file; its entries are shown without the directory.
fn rooted(world: &World, coverage: Coverage) -> Coverage {
    let mut short = Coverage::default();
    (short.files, short.bytes) = (coverage.files, coverage.bytes);
    let prefix = format!("{}/", world.repo.display());
    for entry in coverage.skipped() {
        let what = entry.what.replace(&prefix, "");
        short.skip_because(what.as_bytes(), entry.reason, entry.detail.as_deref());
    }
    short
}

/// Findings as `number member:line:column`, in order.
fn lines(found: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let at = &finding.location;
        let member = at.archive.as_ref().map_or_else(|| "(raw)".to_owned(), ToString::to_string);
        format!("{} {member}:{}:{}", number(finding), at.line, at.column)
    };
    let mut lines: Vec<String> = found.iter().map(line).collect();
    lines.sort();
    lines
}

/// Two lines of text with a token in the second one, at column 5.
fn text(n: u8) -> Vec<u8> {
    format!("first line\nkey={} and more\n", token(n)).into_bytes()
}

/// The same file as a file, and as a stream on standard input: the members found are these, and
/// nothing is left unread.
fn check(name: &str, content: &[u8], wanted: &[&str]) {
    let (coverage, found) = scan_named(name, content);
    assert_eq!(lines(&found), wanted, "{name}");
    assert_eq!(skipped(&coverage), [] as [&str; 0], "{name}");
    assert!(coverage.bytes > content.len() as u64, "{name}");
    let options = Options::default();
    let (mut input, detector) = (content, detector());
    let (coverage, streamed) = collect(|sink| source::stdin(&mut input, &detector, &options, sink));
    // Without a name, the inside of a stream that has none is `data`.
    assert_eq!(lines(&streamed).len(), wanted.len(), "{name}");
    assert_eq!(skipped(&coverage), [] as [&str; 0], "{name}");
    let places = |found: &[Finding]| {
        let mut places: Vec<Place> = found.iter().map(|it| it.place).collect();
        places.sort();
        places
    };
    assert_eq!(places(&found), places(&streamed), "{name}: places differ by the way of reading");
}
