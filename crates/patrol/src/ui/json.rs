//! JSON as text: one document, a line end after it. Besides what JSON itself demands, it escapes
//! the characters that a terminal would obey or a reader not see; the values stay the same.

use serde::Serialize;

use crate::error::{CliError, Kind};

/// The document's text, indented for a terminal and on one line elsewhere.
pub(super) fn text(document: &impl Serialize, pretty: bool) -> Result<String, CliError> {
    let text = match pretty {
        true => serde_json::to_string_pretty(document),
        false => serde_json::to_string(document),
    };
    let mut text = text.map_err(|why| {
        CliError::new(Kind::Bug, format!("an answer could not be written: {why}"))
    })?;
    text.push('\n');
    Ok(escape(text))
}

/// Escapes, in JSON text, what a terminal would obey. JSON is ASCII but for what stands inside its
/// strings, so each such character is part of a string and may be written as `\u….`
pub(super) fn escape(text: String) -> String {
    let obeyed = |c: char| {
        c > '~' && matches!(super::shown(c.encode_utf8(&mut [0; 4])), std::borrow::Cow::Owned(_))
    };
    if text.is_ascii() && !text.contains('\u{7f}') && !text.contains("##") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // CI servers take `##[…` and `##vso[…` for commands.
        if obeyed(c) || c == '#' && out.ends_with('#') {
            out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn no_server_takes_a_name_for_a_command() {
        let shown = text(&"##vso[x] ###[y]", false).unwrap();
        assert!(!shown.contains("##"), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), "##vso[x] ###[y]");
    }

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_means_the_same() {
        let given = "größe \u{202e}\u{9b}2J\u{7f}\x1b[31m \\ \u{e0041} 日本";
        let shown = text(&given, false).unwrap();
        assert_eq!(
            shown.trim_end(),
            r#""größe \u202e\u009b2J\u007f\u001b[31m \\ \udb40\udc41 日本""#
        );
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), given);
        assert_eq!(text(&[1, 2], true).unwrap(), "[\n  1,\n  2\n]\n");
    }
}
