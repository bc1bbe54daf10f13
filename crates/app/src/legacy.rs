//! Tokens made elsewhere: the shapes that imports declared for them.

use patrol_ledger::{Format, Reader, StoreError};
use regex::{Regex, RegexBuilder};

/// The pattern of a shape, which must match the whole rest of a token.
pub(crate) fn shape(pattern: &str) -> Result<Regex, String> {
    let compile = |text: &str| RegexBuilder::new(text).size_limit(1 << 20).build();
    // Alone first: `a)|(?:b` would close the group that anchors it.
    compile(pattern)
        .and_then(|_| compile(&format!(r"\A(?:{pattern})\z")))
        .map_err(|_| "the format's pattern is not a regular expression of bounded size".to_owned())
}

/// The shapes, compiled, as of a version of the ledger's data: junk is refused without asking the
/// tables again.
#[derive(Default)]
pub(crate) struct Shapes {
    version: Option<i64>,
    known: Vec<(String, Regex)>,
}

impl Shapes {
    /// Reads them anew if the ledger has changed.
    pub(crate) fn refresh(&mut self, reader: &Reader) -> Result<(), StoreError> {
        let version = Some(reader.data_version()?);
        if self.version == version {
            return Ok(());
        }
        let known = reader.legacy_formats()?.into_iter().filter_map(|format| match format {
            Format::V1 => None,
            Format::Legacy { prefix, pattern } => Some((prefix, shape(&pattern).ok()?)),
        });
        *self = Self { known: known.collect(), version };
        Ok(())
    }

    /// Whether one of them fits a text.
    pub(crate) fn fit(&self, text: &str) -> bool {
        let fits = |(prefix, shape): &(String, Regex)| {
            text.strip_prefix(prefix.as_str()).is_some_and(|rest| shape.is_match(rest))
        };
        self.known.iter().any(fits)
    }
}
