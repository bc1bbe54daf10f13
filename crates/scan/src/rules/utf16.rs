//! Text in UTF-16 inside bytes: every stretch of characters with a zero between each two.
//!
//! Tokens are ASCII, so no byte order mark is needed and nothing is asked of the rest of the
//! content: a stretch is searched wherever it stands, in a PowerShell script as in an executable.
//! Which end comes first is told by the parity of the place where a stretch begins.

use std::ops::Range;

/// A stretch of UTF-16 that was made narrow.
pub(super) struct Run<'t> {
    text: &'t [u8],
    /// Where its first character's unit begins.
    start: usize,
    /// The high byte of a unit comes first.
    pub(super) is_big: bool,
}

impl<'t> Run<'t> {
    /// The characters, one byte each.
    pub(super) fn text(&self) -> &'t [u8] {
        self.text
    }

    /// Where a character of the text stands in the searched bytes.
    pub(super) fn place(&self, at: usize) -> Range<usize> {
        self.start + 2 * at..self.start + 2 * at + 2
    }
}

/// Shorter stretches hold no secret.
const SHORTEST: usize = 16;

pub(super) fn has_nul(bytes: &[u8]) -> bool {
    memchr::memchr(0, bytes).is_some()
}

/// The bytes without their zeros: whatever ASCII stands in them as UTF-16 stands here as bytes.
pub(super) fn narrow(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte != 0).collect()
}

/// Tells every stretch of sixteen or more ASCII characters in UTF-16.
pub(super) fn runs(bytes: &[u8], found: &mut dyn FnMut(&Run<'_>)) {
    let mut text = Vec::new();
    let mut at = 0;
    while let Some(nul) = memchr::memchr(0, &bytes[at..]).map(|nul| at + nul) {
        // The character before the zero, which belongs to no earlier stretch.
        let start = if nul > at { nul - 1 } else { nul + 1 };
        text.clear();
        while let Some(byte) = bytes.get(start + 2 * text.len()) {
            let gap = start + 2 * text.len() + 1;
            if !is_text(*byte) || bytes.get(gap).is_some_and(|gap| *gap != 0) {
                break;
            }
            text.push(*byte);
        }
        // The last one of a big-end stretch has another character's high byte behind it.
        let end = start + 2 * text.len();
        if let Some(last) = bytes.get(end)
            && is_text(*last)
            && start % 2 == 1
        {
            text.push(*last);
        }
        if text.len() >= SHORTEST {
            let is_big = start % 2 == 1;
            found(&Run { text: &text, start: start - usize::from(is_big), is_big });
        }
        at = end.max(nul + 1).min(bytes.len());
    }
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::runs;

    fn found(bytes: &[u8]) -> Vec<(String, usize, bool)> {
        let mut all = Vec::new();
        runs(bytes, &mut |run| {
            let text = String::from_utf8(run.text().to_vec()).unwrap();
            all.push((text, run.place(0).start, run.is_big));
        });
        all
    }

    fn wide(text: &str, is_big: bool) -> Vec<u8> {
        let unit = |unit: u16| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn both_ends_with_and_without_a_mark() {
        let text = "a secret of some length";
        for is_big in [false, true] {
            let expected = |at| vec![(text.to_owned(), at, is_big)];
            assert_eq!(found(&wide(text, is_big)), expected(0));
            assert_eq!(found(&wide(&format!("\u{feff}{text}"), is_big)), expected(2));
            assert_eq!(found(&wide(&format!("héé{text}é"), is_big)), expected(6));
        }
        assert_eq!(found(b"plain text, nothing else, no zero"), vec![]);
        assert_eq!(found(&[0; 100]), vec![]);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..200)) {
            runs(&bytes, &mut |run| {
                let place = run.place(run.text().len() - 1);
                assert!(place.start < bytes.len());
            });
        }
    }
}
