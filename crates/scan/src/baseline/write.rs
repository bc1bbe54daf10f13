//! The text of a baseline: a header, 256 groups by the first two digits of the key, and in them
//! the lines, sorted.

use std::collections::BTreeMap;

use super::{Entry, HEADER, Key};
use crate::escape_for_terminal;

/// What the file says of itself.
const EXPLAINED: [&str; 4] = [
    "# Secrets that were found, looked at and accepted: `patrol scan --baseline THIS-FILE`.",
    "# A line: v1:<digest of rule and secret> <rule> by=WHO expires=DAY reason=WHY seen=WHERE",
    "# Say who and why; take a line out to hear of the secret again. No line accepts a live token",
    "# of your own. The numbered groups keep two branches' new lines apart: leave them in.",
];

pub(super) fn text(entries: &BTreeMap<Key, Entry>, notes: &[String]) -> String {
    let mut out = format!("{HEADER}\n");
    for line in EXPLAINED {
        out.extend([line, "\n"]);
    }
    for note in notes {
        out.extend([note, "\n"]);
    }
    let mut entries = entries.iter().peekable();
    for group in 0..=u8::MAX {
        out.extend([format!("# {group:02x}\n")]);
        while let Some((key, entry)) = entries.next_if(|(key, _)| key.0[0] == group) {
            out.push_str(&line(key, entry));
        }
    }
    out
}

/// Whether a comment is one that [`text`] writes.
pub(super) fn is_ours(line: &str) -> bool {
    let digits = line.strip_prefix("# ").filter(|rest| rest.len() == 2);
    digits.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()))
        || EXPLAINED.contains(&line)
}

fn line(key: &Key, entry: &Entry) -> String {
    let mut line = format!("v1:{} {}", hex::encode(key.0), value(&entry.rule));
    let expires = entry.expires();
    let parts = [
        ("by", entry.by.as_ref().map(|text| quoted(text))),
        ("expires", expires),
        ("reason", entry.reason.as_ref().map(|text| quoted(text))),
        ("seen", entry.seen.as_ref().map(|text| quoted(text))),
    ];
    for (name, value) in parts {
        if let Some(value) = value {
            line.extend([format!(" {name}={value}")]);
        }
    }
    line.push('\n');
    line
}

/// Bare if that can be read back.
fn value(text: &str) -> String {
    let is_bare = !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:@+".contains(&b));
    if is_bare { text.to_owned() } else { quoted(text) }
}

/// A JSON string on one line, in which nothing is hidden from a reader's eye.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if escape_for_terminal(c.encode_utf8(&mut [0; 4])).len() > c.len_utf8() => {
                let units = c
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .map(|it| format!("\\u{it:04x}"))
                    .collect::<String>();
                out.push_str(&units);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
