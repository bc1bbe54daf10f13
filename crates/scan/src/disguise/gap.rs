//! What may stand between two pieces of one text: the end of a line, or the end of one string
//! literal and the beginning of the next. The checksum decides what is a token, so this may be
//! generous; it only has to be cheap.

/// The longest gap, in bytes.
const LONGEST: usize = 256;
/// The longest mark of a comment.
const MARK: usize = 4;

/// The gap at `at`, in the midst of a string: where it ends, if there is one.
pub(crate) fn join(text: &[u8], at: usize) -> Option<usize> {
    match *text.get(at)? {
        b'"' | b'\'' | b'`' => quoted(text, at + 1),
        b'\\' => match *text.get(at + 1)? {
            b'\r' | b'\n' => Some(indent(text, at + 1)),
            b'n' | b'r' | b't' => Some(at + 2),
            _ => None,
        },
        b'\r' | b'\n' => Some(indent(text, at)),
        _ => None,
    }
}

/// From behind a closing quote to behind the next opening one: an operator, a comma, a call, the
/// rest of a statement, comments.
fn quoted(text: &[u8], from: usize) -> Option<usize> {
    let limit = text.len().min(from + LONGEST);
    let mut at = from;
    while at < limit {
        at = match text[at] {
            b'"' | b'\'' | b'`' => {
                // Three of them open one string; two are one without content.
                let quote = text[at];
                let same = text[at..limit].iter().take_while(|byte| **byte == quote).count();
                if same == 2 {
                    at + 2
                } else {
                    return Some(at + same);
                }
            }
            _ => comment(text, at).unwrap_or(at + 1),
        };
    }
    None
}

/// Behind the gap that ends at `end`, backwards: the end of the piece before it.
pub(crate) fn join_before(text: &[u8], end: usize) -> Option<usize> {
    let last = *text.get(end.checked_sub(1)?)?;
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`');
    let lowest = end.saturating_sub(LONGEST);
    if is_quote(&last) {
        let opening = text[lowest..end].iter().rposition(|byte| *byte != last)? + lowest + 1;
        let closing = text[lowest..opening].iter().rposition(is_quote)? + lowest;
        let quote = text[closing];
        let before = text[lowest..closing].iter().rposition(|byte| *byte != quote)?;
        return Some(lowest + before + 1);
    }
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    if !blank(&last) {
        return None;
    }
    let before = text[lowest..end].iter().rposition(|byte| !blank(byte))? + lowest;
    let has_line_end = text[before + 1..end].contains(&b'\n');
    has_line_end.then_some(if text[before] == b'\\' { before } else { before + 1 })
}

/// Behind line ends, the indentation after them, and what marks a line as one of a comment or a
/// quotation.
fn indent(text: &[u8], from: usize) -> usize {
    let limit = text.len().min(from + LONGEST);
    let mut at = from;
    while at < limit && matches!(text[at], b' ' | b'\t' | b'\r' | b'\n') {
        at += 1;
    }
    let mark = text[at..limit].iter().take_while(|byte| b"/#*>|;!-".contains(byte)).count();
    if mark > 0 && text.get(at + mark) == Some(&b' ') { at + mark + 1 } else { at }
}

/// Behind a comment that begins at `at`.
fn comment(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..text.len().min(at + LONGEST)];
    if rest.starts_with(b"/*") {
        let end = memchr::memmem::find(rest, b"*/")?;
        return Some(at + end + 2);
    }
    if rest.starts_with(b"//") || rest.starts_with(b"# ") || rest.starts_with(b"-- ") {
        return Some(at + memchr::memchr(b'\n', rest)?);
    }
    None
}

/// What separates two units of data at `at`: punctuation, blanks, line ends in plain and escaped,
/// comments, the seam of two string literals. Where the next letter or digit is, at least one
/// byte on; `None` if there is none near.
pub(crate) fn separator(text: &[u8], from: usize) -> Option<usize> {
    let limit = text.len().min(from + LONGEST);
    let mut at = from;
    while at < limit {
        let byte = text[at];
        at = match byte {
            _ if byte.is_ascii_alphanumeric() && at > from => return Some(at),
            b'\\' if matches!(text.get(at + 1), Some(b'n' | b'r' | b't')) => at + 2,
            b'%' if is_line_end(text.get(at + 1..at + 3)) => at + 3,
            b'&' => entity_line_end(text, at).unwrap_or(at + 1),
            b'"' | b'\'' | b'`' => quoted(text, at + 1).unwrap_or(at + 1),
            b'/' | b'#' | b'-' => match line_mark(text, at) {
                // A line of a comment that the data is in, as its line before was.
                Some(len) if is_marked(text, from, &text[at..at + len]) => at + len,
                _ => comment(text, at).unwrap_or(at + 1),
            },
            _ => at + 1,
        };
    }
    None
}

/// The length of the mark of a comment at `at`, if it begins a line.
pub(crate) fn line_mark(text: &[u8], at: usize) -> Option<usize> {
    let byte = *text.get(at).filter(|byte| b"/#-".contains(byte))?;
    let len = text[at..].iter().take(MARK).take_while(|other| **other == byte).count();
    let is_mark = (len > 1 || byte == b'#') && matches!(text.get(at + len), Some(b' ' | b'!'));
    let before = text[..at].iter().rev().take(LONGEST);
    let before = before.copied().find(|byte| !matches!(byte, b' ' | b'\t'));
    (is_mark && matches!(before, None | Some(b'\n' | b'\r'))).then_some(len)
}

/// Whether the line of `at` begins with this mark.
fn is_marked(text: &[u8], at: usize, mark: &[u8]) -> bool {
    let lowest = at.saturating_sub(LONGEST);
    let start = memchr::memrchr(b'\n', &text[lowest..at]).map_or(lowest, |end| lowest + end + 1);
    text[start..].trim_ascii_start().starts_with(mark)
}

fn is_line_end(digits: Option<&[u8]>) -> bool {
    digits.is_some_and(|digits| digits[0] == b'0' && matches!(digits[1], b'a' | b'A' | b'd' | b'D'))
}

fn entity_line_end(text: &[u8], at: usize) -> Option<usize> {
    let all: [&[u8]; 8] =
        [b"&#10;", b"&#13;", b"&#xA;", b"&#xD;", b"&#xa;", b"&#xd;", b"&#010;", b"&#013;"];
    all.iter().find(|entity| text[at..].starts_with(entity)).map(|entity| at + entity.len())
}

/// Behind the same, backwards: where the unit before it ends, at `end` itself if there is none in
/// between.
pub(crate) fn separator_before(text: &[u8], end: usize) -> Option<usize> {
    let lowest = end.saturating_sub(LONGEST / 4);
    let mut at = end;
    while at > lowest {
        let byte = text[at - 1];
        at = match byte {
            b'n' | b'r' | b't' if at >= 2 && text[at - 2] == b'\\' => at - 2,
            _ if byte.is_ascii_alphanumeric() => return Some(at),
            _ => at - 1,
        };
    }
    None
}
