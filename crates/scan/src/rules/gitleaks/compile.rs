//! Compiling what the configuration says.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::pattern::translate;
use crate::rules::error::{Problem, RulesError};
use crate::rules::own::told;
use crate::rules::rule::REGEX_LIMIT;
use crate::rules::source::Table;

/// The memory an expression may take while it searches. Rules of gitleaks count characters of
/// Unicode by the hundred; with less room the quick engine gives up.
const CACHE_LIMIT: usize = 8 * 1024 * 1024;

/// One expression.
pub(super) fn regex(
    table: &Table<'_, '_>,
    key: &str,
    pattern: &str,
    span: &Range<usize>,
) -> Result<Regex, RulesError> {
    let translated = translated(table, key, pattern, span)?;
    table.weigh(key, span, &translated, true)?;
    build(&translated, REGEX_LIMIT)
        .map_err(|error| table.error(Some(span), Some(key), Problem::Regex(told(&error))))
}

/// The same for text with bytes that are no UTF-8. It has twice the room: what a class takes more
/// for such bytes is less than what it takes for the characters of Unicode, so whatever was accepted
/// fits.
pub(super) fn with_strays(pattern: &str) -> Option<Regex> {
    build(&translate(pattern, true).ok()?, 2 * REGEX_LIMIT).ok()
}

fn build(translated: &str, limit: usize) -> Result<Regex, regex::Error> {
    RegexBuilder::new(translated).size_limit(limit).dfa_size_limit(CACHE_LIMIT).build()
}

/// Many, of which one has to match.
pub(super) fn set(
    table: &Table<'_, '_>,
    key: &str,
    patterns: &[(String, Range<usize>)],
) -> Result<Option<RegexSet>, RulesError> {
    let Some((_, first)) = patterns.first() else { return Ok(None) };
    let mut all = Vec::with_capacity(patterns.len());
    for (pattern, span) in patterns {
        // Each alone, so that an error names the one it is about.
        regex(table, key, pattern, span)?;
        all.push(translated(table, key, pattern, span)?);
    }
    RegexSetBuilder::new(&all)
        .size_limit(REGEX_LIMIT)
        .dfa_size_limit(CACHE_LIMIT)
        .build()
        .map(Some)
        .map_err(|error| table.error(Some(first), Some(key), Problem::Regex(told(&error))))
}

fn translated(
    table: &Table<'_, '_>,
    key: &str,
    pattern: &str,
    span: &Range<usize>,
) -> Result<String, RulesError> {
    translate(pattern, false)
        .map_err(|refused| table.error(Some(span), Some(key), Problem::Regex(refused.why)))
}

#[cfg(test)]
mod tests {
    use super::{REGEX_LIMIT, build, translate, with_strays};

    /// Nothing may be missed in text that is not all UTF-8 because of a limit nobody is told of.
    #[test]
    fn whatever_is_accepted_fits_with_strays_too() {
        for class in
            [".", "[^x]", r"\W", r"\S", r"[\x{FFFD}]", r"[^\x{FFFD}x]", r"\P{Greek}", "(?i)[^k]"]
        {
            let fits = |count: &usize| {
                let pattern = format!("(?:{class}){{{count}}}");
                build(&translate(&pattern, false).unwrap(), REGEX_LIMIT).is_ok()
            };
            // Go repeats nothing more often than a thousand times.
            let most = (1..=20).rev().map(|n| 50 * n).find(fits).unwrap_or(1);
            assert!(with_strays(&format!("(?:{class}){{{most}}}")).is_some(), "{class} {most}");
        }
    }
}
