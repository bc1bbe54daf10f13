//! The texts of commits and tags: which part of the raw object a byte belongs to, who wrote it
//! and when. Read leniently: a malformed object is searched like any other.

use bstr::ByteSlice as _;
use gix::objs::Kind;
use jiff::Timestamp;

use crate::{SourceKind, redact_lossy};

/// The part of a commit or tag that holds `offset`: its kind, and where its text begins.
pub(crate) fn part(kind: Kind, body: &[u8], offset: usize) -> (SourceKind, usize) {
    let end_of_headers = body.find(b"\n\n").unwrap_or(body.len());
    if offset > end_of_headers {
        let message = if kind == Kind::Tag { SourceKind::Tag } else { SourceKind::CommitMessage };
        return (message, end_of_headers + 2);
    }
    // A header goes on in lines that begin with a space.
    let mut start = line_start(body, offset);
    while start > 0 && body[start] == b' ' {
        start = line_start(body, start - 1);
    }
    let name = &body[start..body[start..].find_byte(b' ').map_or(start, |end| start + end)];
    let source = match (kind, name) {
        (Kind::Commit, b"author") => SourceKind::Author,
        (Kind::Commit, b"committer") => SourceKind::Committer,
        (Kind::Tag, b"tagger") => SourceKind::Tagger,
        (Kind::Tag, b"tag") => SourceKind::Tag,
        _ => SourceKind::Header,
    };
    let value = start + name.len() + 1;
    (source, if value <= offset { value } else { start })
}

fn line_start(body: &[u8], offset: usize) -> usize {
    body[..offset].rfind_byte(b'\n').map_or(0, |end| end + 1)
}

/// The value of the first header with this name.
pub(crate) fn header<'a>(body: &'a [u8], name: &str) -> Option<&'a [u8]> {
    headers(body).find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| value)
}

/// The headers of a commit or tag, without the lines that continue them.
pub(crate) fn headers(body: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = body.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    lines.filter_map(|line| {
        let end = line.find_byte(b' ').filter(|end| *end > 0)?;
        Some((&line[..end], &line[end + 1..]))
    })
}

/// Who and when, out of `Name <email> 1700000000 +0100`: redacted text and RFC 3339 in UTC.
pub(crate) fn signature(line: &[u8]) -> (Option<String>, Option<String>) {
    let end = line.rfind_byte(b'>').map_or(line.len(), |end| end + 1);
    let who = redact_lossy(line[..end].trim_ascii());
    let date = seconds(line).and_then(|seconds| Timestamp::from_second(seconds).ok());
    ((!who.is_empty()).then_some(who), date.map(|date| date.to_string()))
}

/// The time of a signature, in seconds since 1970.
pub(crate) fn seconds(line: &[u8]) -> Option<i64> {
    let rest = &line[line.rfind_byte(b'>')? + 1..];
    rest.fields().next()?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use gix::objs::Kind;

    use super::{part, signature};
    use crate::SourceKind;

    const COMMIT: &str = "tree 00\nauthor A <a@b> 0 +0000\ncommitter C <c@d> 1 +0100\n\
                          gpgsig -----\n more\n \nencoding x\n\nsubject\n\nbody";

    fn check(needle: &str, source: SourceKind, column: usize) {
        let offset = COMMIT.find(needle).unwrap();
        let (found, start) = part(Kind::Commit, COMMIT.as_bytes(), offset);
        assert_eq!((found, offset - start), (source, column), "{needle}");
    }

    #[test]
    fn parts_of_a_commit() {
        check("A <", SourceKind::Author, 0);
        check("c@d", SourceKind::Committer, 3);
        check("more", SourceKind::Header, 7);
        check("x\n", SourceKind::Header, 0);
        check("subject", SourceKind::CommitMessage, 0);
        check("body", SourceKind::CommitMessage, 9);
    }

    #[test]
    fn signatures() {
        let read = |line: &str| {
            let (who, date) = signature(line.as_bytes());
            format!("{} at {}", who.unwrap_or_default(), date.unwrap_or_default())
        };
        assert_eq!(read("Ada <a@b> 1700000000 +0100"), "Ada <a@b> at 2023-11-14T22:13:20Z");
        assert_eq!(read("no address"), "no address at ");
        assert_eq!(read("A <a@b> 99999999999999999 +0000"), "A <a@b> at ");
    }
}
