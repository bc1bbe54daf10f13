//! Importing tokens made elsewhere: JSON lines, all or nothing.

use std::io::BufRead;

use patrol_ledger::{Command, Format, Import, Scope, Timestamp};
use patrol_token::{Prefix, TokenId};
use serde::{Deserialize, Deserializer};

use crate::app::{App, Caller};
use crate::error::AppError;
use crate::legacy;

/// The longest line of an import, in bytes: more than all fields at their bounds.
const LINE_MAX: u64 = 64 << 10;

/// One line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    digest: String,
    owner: String,
    name: String,
    #[serde(default)]
    scopes: Vec<String>,
    /// Required, as `never` must be said: with `null`.
    #[serde(deserialize_with = "Option::deserialize")]
    expires_at: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    format: LineFormat,
    /// The id that stands in a token of our format.
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    prefix: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

/// `"v1"`, or the shape of another service's tokens.
enum LineFormat {
    Named(String),
    Legacy { prefix: String, pattern: String },
}

impl<'de> Deserialize<'de> for LineFormat {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, deny_unknown_fields)]
        enum Either {
            Named(String),
            Legacy { prefix: String, pattern: String },
        }
        let either = Either::deserialize(from).map_err(|_| serde::de::Error::custom(FORMATS))?;
        Ok(match either {
            Either::Named(name) => Self::Named(name),
            Either::Legacy { prefix, pattern } => Self::Legacy { prefix, pattern },
        })
    }
}

/// What is wrong with a line, and where. What the parser says may repeat the line, which may hold
/// anything, so only the names of our own members are taken from it.
fn unreadable(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let what = match error.classify() {
        _ if said.starts_with("missing field") => said.split(" at line").next().unwrap_or(&said),
        _ if said.starts_with("unknown field") => "a member that an import line does not have",
        _ if said.starts_with("format is") => FORMATS,
        serde_json::error::Category::Data => "a member of the wrong kind",
        _ => "no JSON object",
    };
    format!("not an import line: {what} (column {})", error.column())
}

/// What `format` takes.
const FORMATS: &str = r#"format is "v1" or {"prefix":"…","pattern":"…"}"#;

impl App {
    /// Imports tokens from JSON lines, all in one transaction or none. Returns how many.
    ///
    /// # Errors
    /// The first line that cannot be read, every line that is a duplicate, what the policy does
    /// not allow, or a store error. Nothing was imported then.
    pub fn import(&self, by: &Caller, mut lines: impl BufRead) -> Result<usize, AppError> {
        let now = self.now()?;
        let mut imports = Vec::new();
        let mut bytes = Vec::new();
        for line in 1.. {
            bytes.clear();
            let read = std::io::Read::take(&mut lines, LINE_MAX + 1).read_until(b'\n', &mut bytes);
            let read = read.map_err(|error| AppError::ImportUnreadable(error.to_string()))?;
            if read == 0 {
                break;
            }
            let refuse = |why: String| AppError::Import { line, why };
            if bytes.len() as u64 > LINE_MAX {
                return Err(refuse(format!("longer than {LINE_MAX} bytes")));
            }
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            let parsed: Line =
                serde_json::from_slice(&bytes).map_err(|error| refuse(unreadable(&error)))?;
            imports.push(self.import_line(line, parsed, now).map_err(refuse)?);
        }
        let count = imports.len();
        if count > 0 {
            self.submit(by, Command::Import(imports))?;
        }
        Ok(count)
    }

    fn import_line(&self, number: usize, line: Line, now: Timestamp) -> Result<Import, String> {
        let time = |what: &str, text: Option<String>| {
            let at = text.map(|text| text.parse::<Timestamp>()).transpose();
            at.map_err(|error| format!("{what}: {error}"))
        };
        let format = match line.format {
            LineFormat::Named(name) if name == "v1" => Format::V1,
            LineFormat::Named(_) => {
                return Err(FORMATS.into());
            }
            LineFormat::Legacy { prefix, .. } if prefix.is_empty() => {
                return Err("a legacy format's literal prefix is not empty".into());
            }
            LineFormat::Legacy { prefix, pattern } => {
                legacy::shape(&pattern)?;
                Format::Legacy { prefix, pattern }
            }
        };
        let id = match line.id {
            Some(id) => id.parse().map_err(|error| format!("id: {error}"))?,
            None => self.new_id(now).map_err(|error| error.to_string())?,
        };
        let prefix = line.prefix.map(|text| text.parse::<Prefix>()).transpose();
        let scope = |text: &String| text.parse::<Scope>().map_err(|e| format!("scopes: {e}"));
        Ok(Import {
            line: number,
            id,
            prefix: prefix.map_err(|error| format!("prefix: {error}"))?,
            format,
            digest: line.digest.parse().map_err(|error| format!("digest: {error}"))?,
            owner: line.owner,
            name: line.name,
            description: line.description,
            scopes: line.scopes.iter().map(scope).collect::<Result<_, _>>()?,
            created_at: time("created_at", line.created_at)?,
            expires_at: time("expires_at", line.expires_at)?,
        })
    }

    fn new_id(&self, now: Timestamp) -> Result<TokenId, AppError> {
        let mut random = [0; 10];
        self.entropy().fill(&mut random)?;
        Ok(TokenId::new(now.as_millis(), random))
    }
}
