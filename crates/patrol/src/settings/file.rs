//! The system's and the user's settings files: TOML, every key known, every value checked.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use patrol_token::Prefix;

use super::env::{color, prefix};
use super::{Color, Environment, suggest};
use crate::error::{CliError, Kind};

/// The keys of these files.
const KEYS: [&str; 5] = ["ledger", "actor", "color", "prefixes", "excludes"];

/// The largest settings file that is read, in bytes. A person's file has a few hundred.
const MAX_BYTES: u64 = 1024 * 1024;

/// What the files say so far.
#[derive(Default)]
pub(super) struct Layer {
    pub(super) ledger: Option<PathBuf>,
    pub(super) actor: Option<String>,
    pub(super) color: Option<Color>,
    pub(super) prefixes: Vec<Prefix>,
    pub(super) excludes: Vec<String>,
}

impl Layer {
    /// Adds a file, if it is there.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown key, or a value that does not fit.
    pub(super) fn read(&mut self, path: &Path, env: &Environment) -> Result<(), CliError> {
        let Some(table) = table(path)? else { return Ok(()) };
        for (key, value) in &table {
            let entry = Entry { path, key, value };
            match key.as_str() {
                "ledger" => self.ledger = Some(ledger(&entry, env)?),
                "actor" => self.actor = Some(entry.text()?.to_owned()),
                "color" => self.color = Some(color(&entry.place(), entry.text()?)?),
                "prefixes" => self.prefixes.extend(entry.prefixes()?),
                "excludes" => self.excludes.extend(entry.texts()?),
                _ => return Err(entry.unknown(&KEYS)),
            }
        }
        Ok(())
    }
}

/// A ledger's path in a file: whole, as it must not depend on where one happens to stand.
fn ledger(entry: &Entry<'_>, env: &Environment) -> Result<PathBuf, CliError> {
    let text = entry.text()?;
    match env.expand_home(text) {
        Some(path) if path.is_absolute() || text.contains("://") => Ok(path),
        _ => Err(CliError::config(format!("{} is not an absolute path", entry.place()))
            .hint("begin it with / or ~/")),
    }
}

/// One key of a settings file with its value.
pub(super) struct Entry<'a> {
    pub(super) path: &'a Path,
    pub(super) key: &'a str,
    pub(super) value: &'a toml::Value,
}

impl Entry<'_> {
    /// Where this stands, for messages.
    pub(super) fn place(&self) -> String {
        format!("`{}` in {}", self.key, self.path.display())
    }

    /// The value as text.
    pub(super) fn text(&self) -> Result<&str, CliError> {
        self.value.as_str().ok_or_else(|| self.unfit("a text in quotes"))
    }

    /// The value as a list of texts.
    pub(super) fn texts(&self) -> Result<Vec<String>, CliError> {
        let list = self.value.as_array().ok_or_else(|| self.unfit("a list of texts"))?;
        let text = |value: &toml::Value| value.as_str().map(str::to_owned);
        list.iter().map(text).collect::<Option<_>>().ok_or_else(|| self.unfit("a list of texts"))
    }

    /// The value as a list of prefixes.
    pub(super) fn prefixes(&self) -> Result<Vec<Prefix>, CliError> {
        self.texts()?.iter().map(|text| prefix(&self.place(), text)).collect()
    }

    /// This key is not one of `known`.
    pub(super) fn unknown(&self, known: &[&str]) -> CliError {
        CliError::config(format!("{} has an unknown key `{}`", self.path.display(), self.key))
            .hint(suggest::advice(self.key, known))
    }

    fn unfit(&self, wanted: &str) -> CliError {
        let example = match wanted.starts_with("a list") {
            true => format!("write {} = [\"…\", \"…\"]", self.key),
            false => format!("write {} = \"…\"", self.key),
        };
        CliError::config(format!("{} is not {wanted}", self.place())).hint(example)
    }
}

/// A settings file's table, or none if there is no such file.
pub(super) fn table(path: &Path) -> Result<Option<toml::Table>, CliError> {
    let refused = |error: &std::io::Error| {
        CliError::new(Kind::Config, format!("{} cannot be read: {error}", path.display()))
    };
    match std::fs::metadata(path) {
        // A pipe would be waited for, a directory not be read: both are somebody's mistake.
        Ok(meta) if !meta.is_file() => {
            return Err(CliError::config(format!("{} is not a file", path.display())));
        }
        Ok(_) => {}
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(refused(&error)),
    }
    let mut text = String::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text));
    match read {
        Ok(_) if text.len() as u64 > MAX_BYTES => {
            Err(CliError::config(format!("{} has more than 1 MiB", path.display())))
        }
        Ok(_) => parse(path, &text).map(Some),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(refused(&error)),
    }
}

/// Only the line is named: the text of the line may be a secret put into the wrong file.
fn parse(path: &Path, text: &str) -> Result<toml::Table, CliError> {
    text.parse::<toml::Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        CliError::config(format!("{} line {line} is not TOML: {}", path.display(), error.message()))
    })
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}
