//! The hash by which code scanning at GitHub knows a line again: `primaryLocationLineHash`.
//!
//! It goes by the text and not by the number of the line: 100 UTF-16 units from the beginning of
//! the line on, spaces and tabs left out, every line end one LF, after the text one unit 0xFFFF
//! and then zeros; their polynomial in 37 modulo 2^64; and how often the same hash came before in
//! the file. It covers the line of the secret, so it tells up to 64 bits about it to whoever knows
//! the rest of the line: it belongs where the line itself may be seen.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use crate::{Finding, Origin, Place, SourceKind};

/// The units that a hash covers.
const WINDOW: usize = 100;

/// The base of the polynomial.
const BASE: u64 = 37;

/// Stands for the end of the text.
const END: u16 = 0xFFFF;

/// A content with findings in it, read again for what a report tells of its lines.
#[derive(Debug)]
pub struct Text {
    content: Vec<u8>,
    /// Where each line begins, in bytes.
    starts: Vec<usize>,
    hashes: Vec<String>,
    digest: [u8; 32],
}

/// A finding's line, as other programs count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Knows the line again.
    pub hash: String,
    /// The column of the first character, in UTF-16 units, from 1.
    pub column: u64,
    /// The column after the last character.
    pub end_column: u64,
}

impl Text {
    /// Takes a content.
    pub fn new(content: Vec<u8>) -> Self {
        let mut starts = vec![0];
        for end in memchr::memchr2_iter(b'\n', b'\r', &content) {
            let is_pair = content[end] == b'\r' && content.get(end + 1) == Some(&b'\n');
            if !is_pair {
                starts.push(end + 1);
            }
        }
        let digest = Sha256::digest(&content).into();
        Self { hashes: line_hashes(&content), starts, digest, content }
    }

    /// The line of a finding; `None` if this is not (or no longer) what it was found in.
    pub fn line(&self, finding: &Finding) -> Option<Line> {
        let at = &finding.location;
        let place = Place::new(Origin::Content(self.digest), at.offset.checked_sub(1)?);
        if at.source == SourceKind::Worktree && place != finding.place {
            return None;
        }
        Some(Line {
            hash: self.hashes.get(index(at.line)?)?.clone(),
            column: self.units(at.line, at.column)?,
            end_column: self.units(at.end_line, at.end_column)?,
        })
    }

    fn units(&self, line: u64, column: u64) -> Option<u64> {
        let start = *self.starts.get(index(line)?)?;
        let before = self.content.get(start..start.checked_add(index(column)?)?)?;
        Some(String::from_utf8_lossy(before).encode_utf16().count() as u64 + 1)
    }
}

fn index(from_one: u64) -> Option<usize> {
    usize::try_from(from_one.checked_sub(1)?).ok()
}

/// The hashes of all lines of `content`, the first line first. Bytes that are not UTF-8 count as
/// U+FFFD. There is always at least one line.
fn line_hashes(content: &[u8]) -> Vec<String> {
    let (units, starts) = units(&String::from_utf8_lossy(content));
    let mut seen: HashMap<u64, u32> = HashMap::new();
    let hash = |start: usize| {
        let sum = (0..WINDOW).fold(0u64, |sum, n| {
            let unit = units.get(start + n).copied().unwrap_or(0);
            sum.wrapping_mul(BASE).wrapping_add(u64::from(unit))
        });
        let times = seen.entry(sum).or_default();
        *times += 1;
        format!("{sum:x}:{times}")
    };
    starts.into_iter().map(hash).collect()
}

/// The units that count, and where among them each line begins.
fn units(text: &str) -> (Vec<u16>, Vec<usize>) {
    let (mut units, mut starts) = (Vec::with_capacity(text.len() + 1), vec![0]);
    let mut after_cr = false;
    for unit in text.encode_utf16() {
        let is_pair = after_cr && unit == u16::from(b'\n');
        after_cr = unit == u16::from(b'\r');
        if is_pair || unit == u16::from(b' ') || unit == u16::from(b'\t') {
            continue;
        }
        if after_cr || unit == u16::from(b'\n') {
            units.push(u16::from(b'\n'));
            starts.push(units.len());
        } else {
            units.push(unit);
        }
    }
    units.push(END);
    (units, starts)
}

#[cfg(test)]
mod tests {
    use super::{Line, Text, line_hashes};
    use crate::source::testing::token;
    use crate::{Coverage, Detector, Options, source};

    /// Seven cases that GitHub's own action is tested with, and one beyond the basic plane.
    #[test]
    fn the_published_cases() {
        let text = include_str!("../../tests/data/primary-location-line-hash-vectors.json");
        let document: serde_json::Value = serde_json::from_str(text).unwrap();
        let vectors = document["vectors"].as_array().unwrap();
        assert_eq!(vectors.len(), 8);
        for vector in vectors {
            let text = vector["text"].as_str().unwrap();
            let wanted: Vec<_> = vector["line_hashes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it.as_str().unwrap())
                .collect();
            assert_eq!(line_hashes(text.as_bytes()), wanted, "{text:?}");
        }
    }

    #[test]
    fn columns_are_utf_16_units() {
        let content = format!("a\r\n\u{e9}\u{1f600}x = {}\rz", token("acme", 1));
        let found = std::sync::Mutex::new(Vec::new());
        let detector = Detector::new(&["acme".parse().unwrap()]);
        let sink = |finding| found.lock().unwrap().push(finding);
        let _coverage: Coverage =
            source::stdin(&mut content.as_bytes(), &detector, &Options::default(), &sink);
        let mut finding = found.lock().unwrap().remove(0);
        assert_eq!((finding.location.line, finding.location.column), (2, 11));
        let text = Text::new(content.clone().into_bytes());
        let line = text.line(&finding).unwrap();
        let hash = line_hashes(content.as_bytes())[1].clone();
        assert_eq!(line, Line { hash, column: 8, end_column: 8 + token("acme", 1).len() as u64 });
        assert_eq!((text.starts.len(), text.hashes.len()), (3, 3));
        // A file is known by its content, and another one has no such line.
        finding.location.source = crate::SourceKind::Worktree;
        assert_eq!(text.line(&finding), Some(line));
        assert_eq!(Text::new(content.replace('z', "y").into_bytes()).line(&finding), None);
        finding.location.source = crate::SourceKind::Blob;
        finding.location.line = 9;
        assert_eq!(text.line(&finding), None);
    }

    #[test]
    fn any_bytes_have_lines() {
        assert_eq!(line_hashes(b"\xff\n").len(), 2);
        assert_eq!(line_hashes("\u{fffd}\n".as_bytes()), line_hashes(b"\xff\n"));
    }
}
