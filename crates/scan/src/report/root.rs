//! Paths for other programs: relative to the root of the repository, as code hosts want them.

use bstr::{BString, ByteSlice as _, ByteVec as _};

use crate::{Location, SourceKind};

/// Where paths begin. Both are absolute, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Root {
    /// The top of the work tree, or of what was scanned.
    pub top: BString,
    /// The directory that relative paths of scanned files begin at.
    pub here: BString,
}

impl Root {
    /// The path of a finding below the root, `/` between names. A path that lies elsewhere stays
    /// absolute; one inside git objects counts from the root anyway.
    pub(crate) fn below(&self, at: &Location) -> Option<BString> {
        let path = at.path.as_ref()?;
        if at.source != SourceKind::Worktree {
            return Some(path.clone());
        }
        let mut whole = BString::default();
        if !path.starts_with(b"/") {
            whole.push_str(&self.here);
            whole.push(b'/');
        }
        whole.push_str(path);
        let whole = tidy(&whole);
        let below = whole.strip_prefix(tidy(&self.top).as_slice()).filter(|_| !self.top.is_empty());
        Some(match below.and_then(|rest| rest.strip_prefix(b"/")) {
            Some(rest) => rest.into(),
            None if self.top == "/" => whole[1..].into(),
            None => whole,
        })
    }
}

/// Takes `.`, `..` and empty names out of an absolute path.
fn tidy(path: &[u8]) -> BString {
    let mut names: Vec<&[u8]> = Vec::new();
    for name in path.split_str("/") {
        match name {
            b"" | b"." => {}
            b".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    let mut whole = BString::default();
    for name in names {
        whole.push(b'/');
        whole.push_str(name);
    }
    whole
}

/// A path as the path of a URI: everything but unreserved characters and `/` is percent-encoded
/// (RFC 3986), so that any bytes make a valid reference and none is taken for a scheme, a query
/// or a fragment.
pub(crate) fn percent_encoded(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(*byte));
            }
            byte => out.extend([format!("%{byte:02X}")]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Root, percent_encoded};
    use crate::{Location, Position, SourceKind};

    fn check(top: &str, here: &str, path: &str, below: &str) {
        let root = Root { top: top.into(), here: here.into() };
        let at = Position { line: 1, column: 1 };
        let mut location = Location::new(SourceKind::Worktree, (at, at), 0);
        location.path = Some(path.into());
        assert_eq!(root.below(&location).unwrap(), below, "{path} from {here} in {top}");
    }

    #[test]
    fn paths_are_taken_from_the_root() {
        check("/w/repo", "/w/repo", "./src/a", "src/a");
        check("/w/repo", "/w/repo/sub", "a", "sub/a");
        check("/w/repo", "/w/repo/sub", "../a", "a");
        check("/w/repo", "/elsewhere", "/w/repo/x//y", "x/y");
        check("/w/repo", "/w/repo", "/w/repository/x", "/w/repository/x");
        check("/w/repo", "/w/repo", "../../../../x", "/x");
        check("/", "/", "x", "x");
        check("", "/w", "x", "/w/x");
    }

    #[test]
    fn any_bytes_make_a_reference() {
        assert_eq!(percent_encoded(b"a b/%:\xff\n?#"), "a%20b/%25%3A%FF%0A%3F%23");
    }
}
