//! Hex dumps, as the usual tools print them, with the token at every place in a line.

use super::{altered, detector, encode, token};

/// A name, and how it prints bytes.
type Dump = (&'static str, fn(&[u8]) -> String);

const DUMPS: [Dump; 13] = [
    ("xxd", |content| encode::xxd(content, 2)),
    ("xxd -g1", |content| encode::xxd(content, 1)),
    ("xxd -g4", |content| encode::xxd(content, 4)),
    ("xxd -c20", |content| encode::xxd_columns(content, 2, 20)),
    ("xxd -c7 -g1", |content| encode::xxd_columns(content, 1, 7)),
    ("xxd -c40", |content| encode::xxd_columns(content, 2, 40)),
    ("od -c", encode::characters),
    ("hexdump -C", encode::hexdump),
    ("od -tx1", |content| encode::od(content, true)),
    ("od -An -tx1", |content| encode::od(content, false)),
    ("od -x", encode::words),
    ("xxd in capitals", |content| encode::xxd(content, 2).to_ascii_uppercase()),
    ("xxd with CRLF", |content| encode::xxd(content, 2).replace('\n', "\r\n")),
];

/// For short prefixes the literals are short, too, and some places of a group tear all of them;
/// groups of four leave even of a long one too little where a line ends in its midst.
fn torn(dump: &str, prefix: &str) -> usize {
    match dump {
        "od -tx1" | "xxd -g1" => 0,
        _ if prefix.len() < 8 => 18,
        "xxd -g4" => 2,
        _ => 0,
    }
}

#[test]
fn a_token_is_found_at_every_place_of_a_dump() {
    for (name, dump) in DUMPS {
        for prefix in ["abc", "acme", "acme_pat", "bolt_service"] {
            let detector = detector(&[prefix]);
            let token = token(prefix, 9);
            let mut missed = Vec::new();
            for before in 0..32 {
                let junk = "~!".repeat(before)[..before].to_owned();
                let text = dump(format!("{junk}{token}{junk} and more").as_bytes());
                let found = detector.matches(text.as_bytes());
                let other = dump(format!("{junk}{}{junk} and more", altered(&token)).as_bytes());
                assert!(detector.matches(other.as_bytes()).is_empty(), "{name} {prefix} {before}");
                match found.as_slice() {
                    [it] => assert_eq!(it.encoding[0].as_str(), "hex-dump", "{name} {prefix}"),
                    [] => missed.push(before),
                    more => panic!("{name} {prefix} {before}: {more:?}"),
                }
            }
            assert!(missed.len() <= torn(name, prefix), "{name} {prefix}: {missed:?}");
        }
    }
}

#[test]
fn the_place_in_a_dump_is_that_of_its_bytes() {
    let token = token("acme_pat", 9);
    let text = encode::xxd(token.as_bytes(), 2);
    let found = detector(&["acme_pat"]).matches(text.as_bytes());
    assert_eq!(found.len(), 1);
    assert_eq!(&text[found[0].start..found[0].start + 9], "6163 6d65");
    let last = format!("{:02x}", token.as_bytes()[token.len() - 1]);
    assert_eq!(&text[found[0].end - 2..found[0].end], last);
}
