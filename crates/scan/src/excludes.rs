//! Paths left out by choice. Each one that is met is listed in the coverage.
//!
//! A small glob of our own, so that the pure core needs no walker: `*` and `?` stay within a
//! name, `**` spans names. A pattern without `/` fits a name at any depth; one with `/` fits the
//! path from the root of the scan. A directory that fits is left out with all it holds.

use std::fmt;

/// A set of patterns, compared by bytes.
#[derive(Clone, Debug, Default)]
pub struct Excludes {
    patterns: Vec<Pattern>,
}

#[derive(Clone)]
struct Pattern {
    text: String,
    /// Written with a slash: compared with the whole path.
    anchored: bool,
}

impl Excludes {
    /// Reads patterns.
    ///
    /// # Errors
    /// A pattern that is empty and would fit nothing or everything.
    pub fn new<S: AsRef<str>>(patterns: impl IntoIterator<Item = S>) -> Result<Self, ExcludeError> {
        let patterns = patterns.into_iter().map(|pattern| {
            let given = pattern.as_ref();
            let text = given.trim_start_matches("./").trim_end_matches('/');
            let anchored = text.contains('/');
            let text = text.trim_start_matches('/').to_owned();
            if text.is_empty() {
                return Err(ExcludeError(given.to_owned()));
            }
            Ok(Pattern { text, anchored })
        });
        Ok(Self { patterns: patterns.collect::<Result<_, _>>()? })
    }

    /// Whether there are no patterns.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether `path` (relative to the root of the scan, `/` between names), or a directory
    /// above it, is left out.
    pub fn fits(&self, path: &[u8]) -> bool {
        if self.patterns.is_empty() {
            return false;
        }
        let ends = memchr::memchr_iter(b'/', path).chain(std::iter::once(path.len()));
        ends.into_iter().any(|end| self.fits_entry(&path[..end]))
    }

    /// Whether exactly `path` is left out, its directories not asked.
    pub fn fits_entry(&self, path: &[u8]) -> bool {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        self.patterns.iter().any(|pattern| {
            glob(pattern.text.as_bytes(), if pattern.anchored { path } else { name })
        })
    }
}

/// Whether `text` fits `pattern`. Linear but for `**`: it goes back to the last star only.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None; // after the star, and the text it stands for
    let mut wide: Option<(usize, usize, bool)> = None; // the last `**`, to fall back further
    loop {
        if pattern[p..].starts_with(b"**") {
            // `**/x` fits `x` too, and then only whole names.
            let names = pattern[p + 2..].starts_with(b"/");
            let after = if names { p + 3 } else { p + 2 };
            wide = Some((after, t, names));
            back = None;
            p = after;
        } else if pattern.get(p) == Some(&b'*') {
            back = Some((p + 1, t));
            p += 1;
        } else if t == text.len() && p == pattern.len() {
            return true;
        } else if let (Some(want), Some(have)) = (pattern.get(p), text.get(t))
            && (want == have || (*want == b'?' && *have != b'/'))
        {
            p += 1;
            t += 1;
        } else if let Some((after, from)) = back
            && text.get(from).is_some_and(|byte| *byte != b'/')
        {
            back = Some((after, from + 1));
            (p, t) = (after, from + 1);
        } else if let Some((after, from, names)) = wide
            && let Some(next) = next_start(&text[from..], names)
        {
            wide = Some((after, from + next, names));
            back = None;
            (p, t) = (after, from + next);
        } else {
            return false;
        }
    }
}

/// How far on a `**` may begin again: one byte, or after the next slash.
fn next_start(text: &[u8], names: bool) -> Option<usize> {
    match names {
        true => memchr::memchr(b'/', text).map(|slash| slash + 1),
        false => (!text.is_empty()).then_some(1),
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// An exclude pattern with nothing in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the exclude pattern {0:?} names no path")]
pub struct ExcludeError(String);

#[cfg(test)]
mod tests {
    use super::Excludes;

    fn check(pattern: &str, path: &str, fits: bool) {
        let excludes = Excludes::new([pattern]).unwrap();
        assert_eq!(excludes.fits(path.as_bytes()), fits, "{pattern} against {path}");
    }

    #[test]
    fn patterns() {
        check("target", "a/target/b", true);
        check("target", "a/targets", false);
        check("*.lock", "a/Cargo.lock", true);
        check("*.lock", "a/lock", false);
        check("a/*.rs", "a/b.rs", true);
        check("a/*.rs", "a/b/c.rs", false);
        check("a/**/c.rs", "a/c.rs", true);
        check("a/**/c.rs", "a/b/b/c.rs", true);
        check("a/**/c.rs", "a/xc.rs", false);
        check("a/**/c.rs", "a/b/xc.rs", false);
        check("/docs", "docs/x", true);
        check("./docs/", "docs/x/y", true);
        check("**/x?", "q/w/xy", true);
        check("a/**", "a/b/c", true);
        check("a/**", "b/a", false);
        check("a*b*c", "aXbXbXc", true);
        check("a/*b/c", "a/xbb/c", true);
        assert!(Excludes::new(["/"]).is_err());
    }
}
