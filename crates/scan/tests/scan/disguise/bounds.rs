//! Content made to keep the search busy takes work in proportion to its length.

use patrol_scan::{Coverage, Options, Reason, source};

use super::{detector as own, encode, token};
use crate::world::{World, collect, detector, skipped};

/// Bytes decoded for each byte of content, at the worst: what the bound on work allows.
const PER_BYTE: u64 = 64;
const AT_LEAST: u64 = 1 << 20;

/// A window of each kind of decoding may have been begun when the bound was met, and one blob.
const BEGUN: u64 = 2 << 20;

#[test]
fn work_grows_with_the_length_alone() {
    let detector = own(&["acme_pat", "abc"]);
    let nested = encode::base64(&encode::base64(b"acme_pat_"));
    let fake_gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03".repeat(3);
    let fake_gzip = String::from_utf8(encode::base64(&fake_gzip)).unwrap();
    let mut bomb = encode::base64(&encode::gzip(&vec![b'a'; 1 << 24]));
    bomb.truncate(8000);
    let nested = String::from_utf8(nested).unwrap();
    let bomb = String::from_utf8(bomb).unwrap();
    let seeds = [
        "acme_pat_",
        "acme_pat_0",
        "acme%5Fpat",
        "acme\\x5fpat",
        "acme\"",
        "acme\"_",
        "acme\"+\"_pat_0",
        "acme=5F",
        "acme&#95;",
        "acme%25",
        "acme\\\\",
        "H4sI",
        "H4sIAAAAAAAA",
        "97,",
        "97, 99, ",
        "109,\n",
        "YWNtZV9w",
        "61 63 6d 65 5f 70 61 74 ",
        "6163 6d65 ",
        "a','c','",
        "MFRW",
        "\"",
        "'",
        "\\",
        "%",
        "=\n",
        "_",
        "61%63",
        "0x61, 0x63, ",
        "a\0c\0",
        "abc%5",
        "616364",
        "&#97;&#99;",
        "acme\n",
        "\u{61}cme\r\n_",
        nested.as_str(),
        fake_gzip.as_str(),
        bomb.as_str(),
    ];
    for (number, seed) in seeds.into_iter().enumerate() {
        // A few of them longer, as that takes a while without an optimizer.
        let size = if number % 8 == 2 { 1 << 18 } else { 1 << 14 };
        let content = seed.repeat(size / seed.len());
        let (found, work) = detector.matches_with_work(content.as_bytes());
        assert_eq!(found.len(), 0, "{seed:.20}");
        let most = AT_LEAST + BEGUN + PER_BYTE * content.len() as u64;
        assert!(work.decoded() <= most, "{seed:.20}: {} of {size}", work.decoded());
    }
}

/// Work that was done in vain does not blind the search for what comes later.
#[test]
fn a_token_after_hostile_content_is_found() {
    let detector = own(&["acme_pat"]);
    let token = token("acme_pat", 1);
    let hidden = String::from_utf8(encode::base64(token.as_bytes())).unwrap();
    for seed in
        ["acme%5Fpat", "acme\"+\"_pat_0", "YWNtZV9w", "61 63 6d 65 5f 70 61 74 ", "H4sIAAAAAAAA"]
    {
        let content = format!("{}\n{}\n{hidden}\n", seed.repeat(20_000), "x".repeat(10));
        assert_eq!(detector.matches(content.as_bytes()).len(), 1, "{seed}");
    }
}

/// A long list of tokens is no attack: each is found.
#[test]
fn many_tokens_are_all_found() {
    let detector = own(&["acme_pat"]);
    let tokens: Vec<String> = (0..200).map(|number| token("acme_pat", number)).collect();
    for encode in [encode::base64, encode::hex] {
        let lines: Vec<Vec<u8>> =
            tokens.iter().chain(&tokens).map(|token| encode(token.as_bytes())).collect();
        let (found, work) = detector.matches_with_work(&lines.join(&b'\n'));
        assert_eq!((found.len(), work.is_cut()), (400, false));
    }
}

/// A megabyte that inflates from little is cut, and that is told.
#[test]
fn what_is_cut_is_told() {
    let detector = own(&["acme_pat"]);
    let token = token("acme_pat", 1);
    let far = [vec![b'a'; 1 << 21], token.clone().into_bytes()].concat();
    let (found, work) = detector.matches_with_work(&encode::base64(&encode::gzip(&far)));
    assert_eq!((found.len(), work.is_cut()), (0, true));
    let near = [vec![b'a'; 1 << 19], token.into_bytes()].concat();
    let (found, work) = detector.matches_with_work(&encode::base64(&encode::gzip(&near)));
    assert_eq!((found.len(), work.is_cut()), (1, false));
}

/// Wherever the sources meet such content, the coverage says so: a file, a stream, the inside of
/// an archive, a blob, a commit message, and once more from a memory of the first scan.
#[test]
fn what_is_cut_makes_a_scan_incomplete() {
    let world = World::new();
    let bomb = String::from_utf8(encode::base64(&encode::gzip(&vec![b'a'; 1 << 21]))).unwrap();
    let is_told = |coverage: &Coverage, what: &str| {
        let told = coverage.skipped();
        let told = told.iter().any(|it| it.reason == Reason::SearchBound && it.what.contains(what));
        assert!(told && !coverage.is_complete(), "{what}: {:?}", skipped(coverage));
    };
    let options = Options::default();
    let outside = world.root().join("files");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("bomb.txt"), &bomb).unwrap();
    std::fs::write(outside.join("inner.gz"), encode::gzip(bomb.as_bytes())).unwrap();
    let roots = [outside];
    let (coverage, _) = collect(|sink| source::tree(&roots, &detector(), &options, sink));
    is_told(coverage.as_ref().unwrap(), "bomb.txt");
    is_told(&coverage.unwrap(), "inner.gz!");
    let (coverage, _) =
        collect(|sink| source::stdin(&mut bomb.as_bytes(), &detector(), &options, sink));
    is_told(&coverage, "");
    let id = world.commit("bomb.txt", &bomb, &bomb);
    let blob = world.git(&["rev-parse", "HEAD:bomb.txt"]);
    for coverage in [world.history().0, world.reachable().0, world.range("HEAD").0] {
        is_told(&coverage, &id);
        is_told(&coverage, blob.trim());
    }
    world.write("staged.txt", &format!("{bomb} "));
    world.git(&["add", "staged.txt"]);
    is_told(&world.staged().0, "");
}
