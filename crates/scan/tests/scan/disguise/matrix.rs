//! Each encoding, with short and long prefixes, in different surroundings.

use super::encode::{self, Encoded};
use super::{altered, detector, found, token};

const PREFIXES: [&str; 4] = ["abc", "acme", "acme_pat", "a1_b2"];

const SURROUNDINGS: [(&str, &str); 4] =
    [("", ""), ("key = \"", "\";\nnext\n"), ("  first\n<a>", "</a>\n"), ("(", ") ")];

/// One way to write a token, and what it is called.
type Case = (String, Encoded, &'static str);

fn cases(token: &str) -> Vec<Case> {
    let mut all: Vec<Case> = Vec::new();
    let mut add = |name: &str, encoded: Encoded, layers: &'static str| {
        all.push((name.to_owned(), encoded, layers));
    };
    let plain = Encoded::whole(token);
    add("plain", plain.clone(), "");
    for shift in 0..3 {
        let shifted = plain.within(&b"~~~"[..shift], b" and more");
        let name = |kind: &str| format!("{kind} shifted by {shift}");
        let once = shifted.again(6, encode::base64);
        add(&name("base64"), once.clone(), "base64");
        add(&name("base64 in lines of 76"), once.wrapped(76, "\r\n"), "base64");
        add(&name("base64 in lines of 64"), once.wrapped(64, "\n    "), "base64");
        add(&name("base64 in lines of 4"), once.wrapped(4, "\n"), "base64");
        // With a shorter prefix such lines may tear both groups that are known.
        if token.len() >= 64 + 6 {
            add(&name("base64 in lines of 7"), once.wrapped(7, "\n"), "base64");
        }
        for mark in ["# ", "// ", " * ", "> ", "-- ", "/// ", "; "] {
            let (first, seam) = (format!("a comment\n{mark}"), format!("\n{mark}"));
            let lines = once.wrapped(64, &seam).within(first.as_bytes(), b"");
            add(&name(&format!("base64 in lines behind {mark:?}")), lines, "base64");
        }
        add(&name("base64 in a string of lines"), once.wrapped(64, "\\n"), "base64");
        add(&name("base64 in pieces"), once.wrapped(60, "\" +\n    \""), "base64");
        let url = plain.within(&b"~~~"[..shift], &[0xfb, 0xef, 0xfe, 0xff, 0xfe, 0xff]);
        let url = url.within(&[0xfb, 0xef, 0xbe], b"");
        add(&name("base64url"), url.again(6, encode::base64url), "base64url");
        for outer in 0..3 {
            let twice = once.within(&b"!!!"[..outer], b"").again(6, encode::base64);
            add(&name(&format!("base64 twice, {outer}")), twice, "base64 base64");
        }
        for is_big in [false, true] {
            let wide = Encoded {
                bytes: encode::utf16(token.as_bytes(), is_big),
                start: 0,
                end: token.len() * 2,
            };
            let wide = wide.within(&b"\xff\xff\xff"[..shift], b"\xff");
            let layers = if is_big { "base64 utf-16be" } else { "base64 utf-16le" };
            add(
                &name(&format!("base64 of UTF-16 {is_big}")),
                wide.again(6, encode::base64),
                layers,
            );
        }
        let hex = shifted.again(4, encode::hex).again(6, encode::base64);
        add(&name("base64 of hex"), hex, "base64 hex");
        let upper = |bytes: &[u8]| encode::hex(bytes).to_ascii_uppercase();
        let hex = shifted.again(4, upper).again(6, encode::base64);
        add(&name("base64 of HEX"), hex, "base64 hex");
        let hex = once.again(4, encode::hex);
        add(&name("hex of base64"), hex, "hex base64");
    }
    for shift in 0..5 {
        let shifted = plain.within(&b"~~~~~"[..shift], b"");
        let mut encoded = shifted.again(5, encode::base32);
        add(&format!("base32 shifted by {shift}"), encoded.clone(), "base32");
        add(&format!("base32 in lines, {shift}"), encoded.wrapped(64, "\n"), "base32");
        encoded.bytes.make_ascii_lowercase();
        add(&format!("base32 in lower case, {shift}"), encoded, "base32");
    }
    let gzip = Encoded::whole(encode::base64(&encode::gzip(token.as_bytes())));
    let unpadded = gzip.bytes.iter().filter(|byte| **byte != b'=').count();
    let gzip = Encoded { end: unpadded, ..gzip };
    add("base64 of gzip", gzip.clone(), "base64 gzip");
    add("base64 of gzip in lines", gzip.wrapped(76, "\n"), "base64 gzip");
    for level in [1, 5, 6, 9] {
        let zlib = Encoded::whole(encode::base64(&encode::zlib(token.as_bytes(), level)));
        let unpadded = zlib.bytes.iter().filter(|byte| **byte != b'=').count();
        let zlib = Encoded { end: unpadded, ..zlib };
        add(&format!("base64 of zlib {level}"), zlib.clone(), "base64 zlib");
        add(&format!("base64 of zlib {level} in lines"), zlib.wrapped(76, "\n"), "base64 zlib");
    }
    let hex = plain.again(4, encode::hex);
    add("hex", hex.clone(), "hex");
    for width in [2, 4, 6, 8, 10] {
        add(&format!("hex in lines of {width}"), hex.wrapped(width, "\n"), "hex");
    }
    add("HEX", Encoded::whole(hex.bytes.to_ascii_uppercase()), "hex");
    add("xxd -p", hex.wrapped(60, "\n"), "hex");
    add("hex twice", hex.again(4, encode::hex), "hex hex");
    let wide = |is_big| encode::hex(&encode::utf16(token.as_bytes(), is_big));
    add("hex of UTF-16LE", Encoded::whole(wide(false)), "hex utf-16le");
    add("hex of UTF-16BE", Encoded::whole(wide(true)), "hex utf-16be");
    let each = |separator: &str, unit: &dyn Fn(u8) -> String| {
        Encoded::whole(encode::each(token, separator, unit))
    };
    add("hex with spaces", each(" ", &|b| format!("{b:02x}")), "hex-dump");
    add("HEX with colons", each(":", &|b| format!("{b:02X}")), "hex-dump");
    add("hex with hyphens", each("-", &|b| format!("{b:02x}")), "hex-dump");
    add("0x, list", each(", ", &|b| format!("0x{b:02x}")), "byte-array");
    add("0X list", each(",", &|b| format!("0x{b:02X}")), "byte-array");
    // The type of the first number, or of the last, is no part of the token.
    let typed = |before: usize, after: usize, it: Encoded| Encoded {
        start: it.start + before,
        end: it.end - after,
        ..it
    };
    add("0x, u8", typed(0, 2, each(", ", &|b| format!("0x{b:02x}u8"))), "byte-array");
    add("(byte) 0x", typed(7, 0, each(", ", &|b| format!("(byte) 0x{b:02X}"))), "byte-array");
    add("(byte)0x", typed(6, 0, each(",", &|b| format!("(byte)0x{b:02x}"))), "byte-array");
    add("&H", each(", ", &|b| format!("&H{b:02X}")), "byte-array");
    add("numbers, u8", typed(0, 2, each(", ", &|b| format!("{b}u8"))), "byte-array");
    add("(byte) numbers", typed(7, 0, each(", ", &|b| format!("(byte) {b}"))), "byte-array");
    add("0x by spaces", each(" ", &|b| format!("0x{b:02x}")), "byte-array");
    add("0x one to a line", each(",\n        ", &|b| format!("0x{b:02x}")), "byte-array");
    let lines = Encoded::whole(encode::each(token, ", ", |b| format!("0x{b:02x}")));
    add("0x twelve to a line", lines.wrapped(72, "\n   /* a comment */ "), "byte-array");
    add("numbers", each(", ", &|b| format!("{b}")), "byte-array");
    add("numbers without spaces", each(",", &|b| format!("{b}")), "byte-array");
    add("numbers by spaces", each(" ", &|b| format!("{b}")), "byte-array");
    add("numbers one to a line", each(",\n      ", &|b| format!("{b}")), "byte-array");
    add("numbers, CRLF", each(",\r\n\t", &|b| format!("{b}")), "byte-array");
    let quoted = |quote: &str, separator: &str| {
        let separator = format!("{quote}{separator}{quote}");
        Encoded::whole(encode::each(token, &separator, |b| char::from(b).to_string()))
    };
    add("'c','c'", quoted("'", ",").within(b"['", b"']"), "byte-array");
    add("'c', 'c'", quoted("'", ", ").within(b"['", b"']"), "byte-array");
    add("\"c\",\"c\"", quoted("\"", ",").within(b"[\"", b"\"]"), "byte-array");
    add("\"c\", \"c\"", quoted("\"", ", ").within(b"[\"", b"\"]"), "byte-array");
    add("percent", each("", &|b| format!("%{b:02x}")), "percent");
    add("PERCENT", each("", &|b| format!("%{b:02X}")), "percent");
    add("%u", each("", &|b| format!("%u{b:04x}")), "percent");
    add("%u in capitals", each("", &|b| format!("%u{b:04X}")), "percent");
    add("percent twice", each("", &|b| format!("%25{b:02X}")), "percent percent");
    add("quoted-printable", each("", &|b| format!("={b:02X}")), "quoted-printable");
    add("\\x", each("", &|b| format!("\\x{b:02x}")), "hex-escape");
    add("\\\\x", each("", &|b| format!("\\\\x{b:02x}")), "hex-escape hex-escape");
    add("\\u", each("", &|b| format!("\\u{b:04x}")), "json-escape");
    add("\\u in capitals", each("", &|b| format!("\\u{b:04X}")), "json-escape");
    add("\\\\u", each("", &|b| format!("\\\\u{b:04x}")), "json-escape json-escape");
    add("\\U", each("", &|b| format!("\\U{b:08x}")), "json-escape");
    add("\\u{}", each("", &|b| format!("\\u{{{b:x}}}")), "json-escape");
    add("\\x{}", each("", &|b| format!("\\x{{{b:x}}}")), "hex-escape");
    add("octal", each("", &|b| format!("\\{b:o}")), "octal-escape");
    add("octal twice", each("", &|b| format!("\\\\{b:o}")), "octal-escape octal-escape");
    add("&#x;", each("", &|b| format!("&#x{b:x};")), "entity");
    add("&#X;", each("", &|b| format!("&#X{b:X};")), "entity");
    add("&#x00;", each("", &|b| format!("&#x{b:04x};")), "entity");
    add("&#;", each("", &|b| format!("&#{b};")), "entity");
    add("&#00;", each("", &|b| format!("&#{b:04};")), "entity");
    let escapes = [
        ("%5F", "percent"),
        ("%5f", "percent"),
        ("%255F", "percent percent"),
        ("=5F", "quoted-printable"),
        ("=5f", "quoted-printable"),
        ("\\u005f", "json-escape"),
        ("\\u{5f}", "json-escape"),
        ("\\U0000005f", "json-escape"),
        ("\\x{5f}", "hex-escape"),
        ("%u005f", "percent"),
        ("\\x5f", "hex-escape"),
        ("\\x5F", "hex-escape"),
        ("\\137", "octal-escape"),
        ("\\_", "backslash"),
        ("&#95;", "entity"),
        ("&#x5F;", "entity"),
        ("&#0095;", "entity"),
        ("&lowbar;", "entity"),
        ("\\\\u005f", "json-escape json-escape"),
        ("\\\\x5f", "hex-escape hex-escape"),
    ];
    for (escape, layers) in escapes {
        let encoded = Encoded::whole(encode::underscores(token, escape));
        add(&format!("_ as {escape}"), encoded, layers);
    }
    for (is_big, layers) in [(false, "utf-16le"), (true, "utf-16be")] {
        let wide = Encoded::whole(encode::utf16(token.as_bytes(), is_big));
        add(layers, wide.within(b"\xff\xff", b"\xff\xff"), layers);
    }
    all
}

#[test]
fn every_disguise_is_seen_through() {
    let mut missed = Vec::new();
    for prefix in PREFIXES {
        let detector = detector(&[prefix]);
        let (token, other) = (token(prefix, 7), altered(&token(prefix, 7)));
        let shown = format!("{}…", &token[..token.len() - 36]);
        for ((name, encoded, layers), (_, changed, _)) in
            cases(&token).into_iter().zip(cases(&other))
        {
            for (before, after) in SURROUNDINGS {
                let text = encoded.within(before.as_bytes(), after.as_bytes());
                let wanted = format!("{}..{} {shown} {layers}", text.start, text.end);
                let got = found(&detector, &text.bytes);
                if got != [wanted.clone()] {
                    missed.push(format!("{prefix}, {name}, in {before:?}: {got:?} not {wanted}"));
                }
                let text = changed.within(before.as_bytes(), after.as_bytes());
                assert_eq!(found(&detector, &text.bytes), [""; 0], "{prefix}, {name}");
            }
        }
    }
    assert!(missed.is_empty(), "{} missed\n{}", missed.len(), missed.join("\n"));
}
