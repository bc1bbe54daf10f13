//! The texts of commits and tags: which part of the raw object a byte belongs to, who wrote it
//! and when. Read leniently: a malformed object is searched like any other.

use bstr::ByteSlice as _;
use gix::ObjectId;
use gix::objs::Kind;
use jiff::Timestamp;

use crate::{SourceKind, redact_lossy};

/// The parts of a commit or tag that hold offsets, which come in order.
pub(crate) struct Parts<'b> {
    kind: Kind,
    body: &'b [u8],
    /// Where the empty line before the message is.
    end_of_headers: Option<usize>,
    /// Where the header begins that holds the last offset, and what is behind its name.
    header: usize,
    value: usize,
    source: SourceKind,
    /// How far line ends were looked for.
    looked: usize,
}

impl<'b> Parts<'b> {
    pub(crate) fn new(kind: Kind, body: &'b [u8]) -> Self {
        let source = SourceKind::Header;
        let mut it =
            Self { kind, body, end_of_headers: None, header: 0, value: 0, source, looked: 0 };
        // Blobs and trees have no headers.
        if matches!(kind, Kind::Commit | Kind::Tag) {
            it.begin(0);
        }
        it
    }

    /// The part that holds `offset`: its kind, and where its text begins.
    pub(crate) fn part(&mut self, offset: usize) -> (SourceKind, usize) {
        let body = self.body;
        let end_of_headers =
            *self.end_of_headers.get_or_insert_with(|| body.find(b"\n\n").unwrap_or(body.len()));
        if offset > end_of_headers {
            let is_tag = self.kind == Kind::Tag;
            let message = if is_tag { SourceKind::Tag } else { SourceKind::CommitMessage };
            return (message, end_of_headers + 2);
        }
        let mut begin = None;
        for end in memchr::memchr_iter(b'\n', &body[self.looked..offset]) {
            // A header goes on in lines that begin with a space.
            let start = self.looked + end + 1;
            if body.get(start) != Some(&b' ') {
                begin = Some(start);
            }
        }
        self.looked = offset;
        if let Some(start) = begin {
            self.begin(start);
        }
        (self.source, if self.value <= offset { self.value } else { self.header })
    }

    /// Takes the name of the header that begins at `start`.
    fn begin(&mut self, start: usize) {
        let end = memchr::memchr2(b' ', b'\n', &self.body[start..]).map(|end| start + end);
        // A line without a space has no name.
        let end = end.filter(|end| self.body[*end] == b' ');
        let name = end.map_or(&b""[..], |end| &self.body[start..end]);
        self.source = match (self.kind, name) {
            (Kind::Commit, b"author") => SourceKind::Author,
            (Kind::Commit, b"committer") => SourceKind::Committer,
            (Kind::Tag, b"tagger") => SourceKind::Tagger,
            (Kind::Tag, b"tag") => SourceKind::Tag,
            _ => SourceKind::Header,
        };
        (self.header, self.value) = (start, end.map_or(start, |end| end + 1));
    }
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

/// Reads an id of exactly the given kind.
pub(crate) fn object_id(hex: &[u8], hash: gix::hash::Kind) -> Option<ObjectId> {
    (hex.len() == hash.len_in_hex()).then(|| ObjectId::from_hex(hex).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use gix::objs::Kind;

    use super::{Parts, signature};
    use crate::SourceKind;

    const COMMIT: &str = "tree 00\nauthor A <a@b> 0 +0000\ncommitter C <c@d> 1 +0100\n\
                          gpgsig -----\n more\n \nencoding x\n\nsubject\n\nbody";

    fn check(needle: &str, source: SourceKind, column: usize) {
        let offset = COMMIT.find(needle).unwrap();
        let (found, start) = Parts::new(Kind::Commit, COMMIT.as_bytes()).part(offset);
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
    fn parts_asked_in_order() {
        let mut parts = Parts::new(Kind::Commit, COMMIT.as_bytes());
        for offset in 0..COMMIT.len() {
            let alone = Parts::new(Kind::Commit, COMMIT.as_bytes()).part(offset);
            assert_eq!(parts.part(offset), alone, "{offset}");
        }
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
