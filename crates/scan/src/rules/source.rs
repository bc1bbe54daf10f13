//! A rule file while it is read: values with their places, and errors that name them.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Problem, RulesError};
use super::suggest::hint;
use super::weigh::{LITERAL_BYTE, MAX_LITERAL, MAX_PATTERN, ROOM, Room, weight};

/// The file.
pub(super) struct Source<'t> {
    pub(super) name: &'t str,
    pub(super) text: &'t str,
    /// What it may still take, with the files that it extends.
    pub(super) room: &'t Room,
}

/// A table of the file, with what it is about. Keys are known by their lower case.
pub(super) struct Table<'s, 'v> {
    source: &'s Source<'s>,
    table: &'v DeTable<'v>,
    /// Where it stands.
    pub(super) span: Range<usize>,
    /// The rule that it belongs to, for messages.
    pub(super) rule: Option<String>,
}

/// A value and where it stands.
pub(super) type Value<'v> = &'v Spanned<DeValue<'v>>;

impl Source<'_> {
    /// Line and column, from 1, in characters.
    fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }

    pub(super) fn error(&self, span: Option<&Range<usize>>, problem: Problem) -> RulesError {
        let at = span.map(|span| self.position(span.start));
        RulesError {
            file: self.name.to_owned(),
            at,
            rule: None,
            key: None,
            problem: problem.into(),
        }
    }
}

impl<'s, 'v> Table<'s, 'v> {
    /// The table with only these keys. `foreign` names a key that another program knows.
    pub(super) fn new(
        source: &'s Source<'s>,
        table: &'v DeTable<'v>,
        span: Range<usize>,
        rule: Option<String>,
    ) -> Self {
        Self { source, table, span, rule }
    }

    /// Refuses keys that are not in `known`, and keys that are there twice.
    pub(super) fn only(
        &self,
        known: &[&str],
        foreign: &dyn Fn(&str) -> Option<&'static str>,
    ) -> Result<(), RulesError> {
        let mut seen: Vec<String> = Vec::new();
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            let lower = name.to_lowercase();
            let is_known = known.iter().any(|known| known.eq_ignore_ascii_case(name));
            let problem = if !is_known {
                let hint = foreign(&lower)
                    .map_or_else(|| hint(name, known.iter().copied()), |why| format!("; {why}"));
                Problem::UnknownKey(name.to_owned(), hint)
            } else if seen.contains(&lower) {
                Problem::TwiceTheKey(name.to_owned())
            } else {
                seen.push(lower);
                continue;
            };
            return Err(self.error(Some(&key.span()), None, problem));
        }
        Ok(())
    }

    pub(super) fn error(
        &self,
        span: Option<&Range<usize>>,
        key: Option<&str>,
        problem: Problem,
    ) -> RulesError {
        let error = self.source.error(Some(span.unwrap_or(&self.span)), problem);
        RulesError { rule: self.rule.clone(), key: key.map(str::to_owned), ..error }
    }

    /// Takes what an expression, in the syntax of the crate `regex`, will need once it is compiled.
    pub(super) fn weigh(
        &self,
        key: &str,
        span: &Range<usize>,
        pattern: &str,
        is_unicode: bool,
    ) -> Result<(), RulesError> {
        if pattern.len() > MAX_PATTERN {
            let problem = Problem::LongPattern(pattern.len(), MAX_PATTERN);
            return Err(self.error(Some(span), Some(key), problem));
        }
        self.take(Some(span), Some(key), weight(pattern, is_unicode))
    }

    /// Takes what these literals need in an automaton.
    pub(super) fn weigh_literals<'l>(
        &self,
        key: &str,
        literals: impl IntoIterator<Item = &'l str>,
    ) -> Result<(), RulesError> {
        let mut bytes: u64 = 0;
        for literal in literals {
            if literal.len() > MAX_LITERAL {
                let problem = Problem::LongPattern(literal.len(), MAX_LITERAL);
                return Err(self.error(None, Some(key), problem));
            }
            bytes += literal.len() as u64;
        }
        self.take(None, Some(key), bytes.saturating_mul(LITERAL_BYTE))
    }

    /// Takes so many bytes of the room for all rules.
    pub(super) fn take(
        &self,
        span: Option<&Range<usize>>,
        key: Option<&str>,
        bytes: u64,
    ) -> Result<(), RulesError> {
        if self.source.room.take(bytes) {
            return Ok(());
        }
        Err(self.error(span, key, Problem::NoRoom(ROOM / 1024 / 1024)))
    }

    fn wrong(&self, key: &str, value: Value<'_>, expected: &'static str) -> RulesError {
        let found = value.get_ref().type_str();
        self.error(Some(&value.span()), Some(key), Problem::Type(expected, found))
    }

    pub(super) fn get(&self, key: &str) -> Option<Value<'v>> {
        let mut entries = self.table.iter();
        entries.find(|(name, _)| name.get_ref().eq_ignore_ascii_case(key)).map(|(_, value)| value)
    }

    /// A text; empty is as good as absent.
    pub(super) fn text(&self, key: &str) -> Result<Option<(String, Range<usize>)>, RulesError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = value.get_ref().as_str().ok_or_else(|| self.wrong(key, value, "a string"))?;
        Ok((!text.is_empty()).then(|| (text.to_owned(), value.span())))
    }

    /// The texts of an array. A single text is split at commas if `is_split`, as gitleaks does.
    pub(super) fn texts(
        &self,
        key: &str,
        is_split: bool,
    ) -> Result<Vec<(String, Range<usize>)>, RulesError> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        if let (Some(text), true) = (value.get_ref().as_str(), is_split) {
            let parts = text.split(',').filter(|part| !part.is_empty());
            return Ok(parts.map(|part| (part.to_owned(), value.span())).collect());
        }
        let expected = "an array of strings";
        let array = value.get_ref().as_array().ok_or_else(|| self.wrong(key, value, expected))?;
        array
            .iter()
            .map(|item| {
                let text = item.get_ref().as_str();
                let text = text.ok_or_else(|| self.wrong(key, item, expected))?;
                Ok((text.to_owned(), item.span()))
            })
            .collect()
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<f64>, RulesError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = match value.get_ref() {
            DeValue::Float(float) => Some(float.as_str()),
            DeValue::Integer(integer) if integer.radix() == 10 => Some(integer.as_str()),
            _ => None,
        };
        let number = text.and_then(|text| text.parse().ok());
        let number = number.filter(|number: &f64| number.is_finite());
        number.map(Some).ok_or_else(|| self.wrong(key, value, "a number"))
    }

    pub(super) fn count(&self, key: &str) -> Result<Option<u64>, RulesError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let integer = value.get_ref().as_integer();
        let count =
            integer.and_then(|integer| u64::from_str_radix(integer.as_str(), integer.radix()).ok());
        count.map(Some).ok_or_else(|| self.wrong(key, value, "a whole number, not negative"))
    }

    pub(super) fn flag(&self, key: &str) -> Result<bool, RulesError> {
        let Some(value) = self.get(key) else { return Ok(false) };
        value.get_ref().as_bool().ok_or_else(|| self.wrong(key, value, "true or false"))
    }

    /// The table under a key.
    pub(super) fn table(&self, key: &str) -> Result<Option<Self>, RulesError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        self.as_table(key, value).map(Some)
    }

    /// The tables of an array under a key.
    pub(super) fn tables(&self, key: &str) -> Result<Vec<Self>, RulesError> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let expected = "an array of tables, as `[[…]]`";
        let array = value.get_ref().as_array().ok_or_else(|| self.wrong(key, value, expected))?;
        array.iter().map(|item| self.as_table(key, item)).collect()
    }

    fn as_table(&self, key: &str, value: Value<'v>) -> Result<Self, RulesError> {
        let table = value.get_ref().as_table().ok_or_else(|| self.wrong(key, value, "a table"))?;
        Ok(Table::new(self.source, table, value.span(), self.rule.clone()))
    }
}
