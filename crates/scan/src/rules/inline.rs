//! The comment that says that a secret may stand where it stands.

use std::ops::Range;

/// Words that do so, anywhere on the lines of the secret. The second is that of gitleaks.
const MARKS: [&[u8]; 2] = [b"patrol:allow", b"gitleaks:allow"];

/// How far from the secret the comment is looked for on a line, so that a file of one endless line
/// with many secrets does not cost the square of its length.
const LINE: usize = 4096;

pub(super) fn is_allowed_inline(text: &[u8], span: Range<usize>) -> bool {
    let from = span.start.saturating_sub(LINE);
    let to = text.len().min(span.end + LINE);
    let before = &text[from..span.start];
    let from = memchr::memrchr2(b'\n', b'\r', before).map_or(from, |at| from + at);
    let to = memchr::memchr2(b'\n', b'\r', &text[span.end..to]).map_or(to, |at| span.end + at);
    let line = &text[from..to];
    MARKS.iter().any(|mark| memchr::memmem::find(line, mark).is_some())
}

#[cfg(test)]
mod tests {
    use super::is_allowed_inline;

    #[test]
    fn the_mark_stands_on_a_line_of_the_secret() {
        let text = b"a SECRET # patrol:allow\nb SECRET\n# gitleaks:allow\n";
        assert!(is_allowed_inline(text, 2..8));
        assert!(!is_allowed_inline(text, 26..32));
        assert!(is_allowed_inline(text, 26..34));
    }
}
