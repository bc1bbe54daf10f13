//! Which form a file of rules has, and reading it.

use toml::de::DeTable;

use super::error::{Problem, RulesError};
use super::set::Rules;
use super::source::{Source, Table};
use super::weigh::Room;
use super::{gitleaks, own};

/// A file of rules is written by people; the largest known has 300 kB.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The bytes as text.
pub(super) fn text<'b>(bytes: &'b [u8], name: &str) -> Result<&'b str, RulesError> {
    let source = Source { name, text: "", room: &Room::new() };
    std::str::from_utf8(bytes)
        .map_err(|error| source.error(None, Problem::NotText(error.valid_up_to())))
}

pub(super) fn load(
    text: &str,
    name: &str,
    extend: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Rules, RulesError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let room = Room::new();
    let source = Source { name, text, room: &room };
    parse(&source, |table| {
        let own = ["rule", "schema", "builtin"].iter().find(|key| table.get(key).is_some());
        match (own, table.get("rules")) {
            (Some(_), Some(rules)) => {
                let problem = Problem::Conflict("rule", "rules");
                Err(table.error(Some(&rules.span()), None, problem))
            }
            (Some(_), None) => own::load(&source, &table),
            (None, _) => gitleaks::load(&source, &table, extend),
        }
    })
}

/// Parses the file and hands its table on.
pub(super) fn parse<T>(
    source: &Source<'_>,
    read: impl FnOnce(Table<'_, '_>) -> Result<T, RulesError>,
) -> Result<T, RulesError> {
    if source.text.len() > MAX_BYTES {
        return Err(source.error(None, Problem::TooLarge(source.text.len(), MAX_BYTES)));
    }
    let parsed = DeTable::parse(source.text).map_err(|error| {
        let what = error.message().replace('\n', ", ");
        source.error(error.span().as_ref(), Problem::NotToml(what))
    })?;
    let span = parsed.span();
    let table = parsed.get_ref();
    if table.is_empty() {
        return Err(source.error(None, Problem::Empty));
    }
    read(Table::new(source, table, span, None))
}
