//! One line of a baseline: `v1:<64 hex> <rule> [name=value]…`, one space between parts.
//!
//! The rule and values are bare if they have no space, quote or control character, or else JSON
//! strings.

use jiff::civil::Date;

use super::{Entry, Key};
use crate::redact_lossy;

/// What begins a line. The digit is that of the recipe for keys.
const MARK: &str = "v1:";

/// The column, from 1, and what is wrong there.
type Wrong = (usize, &'static str);

/// Reads one line.
pub(super) fn parse(line: &str) -> Result<(Key, Entry), Wrong> {
    let digest = line
        .strip_prefix(MARK)
        .ok_or((1, "a line begins with v1: or, if it is a comment, with #"))?;
    let mut key = [0; 32];
    digest
        .get(..64)
        .filter(|hex| hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
        .and_then(|hex| hex::decode_to_slice(hex, &mut key).ok())
        .ok_or((MARK.len() + 1, "v1: is followed by 64 lower-case hexadecimal digits"))?;
    let mut rest = Rest { line, at: MARK.len() + 64 };
    rest.space()?;
    let mut entry = Entry { rule: rest.value()?, ..Entry::default() };
    while rest.at < line.len() {
        rest.space()?;
        let at = rest.at + 1;
        let name = rest.name()?;
        let value_at = rest.at + 1;
        let value = rest.value()?;
        let old = match name {
            "by" => entry.by.replace(value),
            "reason" => entry.reason.replace(value),
            "seen" => entry.seen.replace(value),
            "expires" => {
                let date = Date::strptime("%Y-%m-%d", &value)
                    .map_err(|_| (value_at, "a day is written 2027-01-01"))?;
                entry.expires.replace(date).map(|date| date.to_string())
            }
            _ => return Err((at, "known are by, expires, reason and seen")),
        };
        if old.is_some() {
            return Err((at, "this was said before"));
        }
    }
    Ok((Key(key), entry))
}

/// What is not read yet.
struct Rest<'l> {
    line: &'l str,
    at: usize,
}

impl<'l> Rest<'l> {
    fn text(&self) -> &'l str {
        &self.line[self.at..]
    }

    fn space(&mut self) -> Result<(), Wrong> {
        if !self.text().starts_with(' ') {
            return Err((self.at + 1, "a space is expected"));
        }
        self.at += 1;
        Ok(())
    }

    fn name(&mut self) -> Result<&'l str, Wrong> {
        let (name, _) =
            self.text().split_once('=').ok_or((self.at + 1, "name=value is expected"))?;
        self.at += name.len() + 1;
        Ok(name)
    }

    /// A bare word or a JSON string, redacted.
    fn value(&mut self) -> Result<String, Wrong> {
        let at = self.at + 1;
        let text = self.text();
        let (value, length) = if text.starts_with('"') {
            let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
            let value = values.next().and_then(Result::ok);
            (value.ok_or((at, "this is no JSON string"))?, values.byte_offset())
        } else {
            let word = text.split(' ').next().unwrap_or_default();
            if word.is_empty() || word.contains(|c: char| c == '"' || c.is_control()) {
                return Err((at, "a word or a JSON string is expected"));
            }
            (word.to_owned(), word.len())
        };
        self.at += length;
        Ok(redact_lossy(value.as_bytes()))
    }
}
