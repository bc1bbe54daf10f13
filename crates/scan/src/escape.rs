//! Making foreign text safe to print: paths, refs and authors come from whoever wrote the
//! repository, and a terminal obeys what it is shown.

use std::borrow::Cow;

/// Replaces characters that a terminal or a reader's eye would obey instead of show.
///
/// They are C0 and C1 controls (so no ANSI sequence survives), line and paragraph separators, bidirectional
/// overrides, invisible format characters. They appear as `\n`, `\u{202e}` and so on, and a
/// backslash as two, so that the result can be told from the original. What CI servers take for a
/// command on a line of a job's output is broken likewise: a colon at the beginning (`::error::`), and
/// a second `#` (`##[…`, `##vso[…`).
pub fn escape_for_terminal(text: &str) -> Cow<'_, str> {
    if !text.chars().any(unsafe_to_show) && !is_command(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut last = None;
    for (at, c) in text.char_indices() {
        let before = last.replace(c);
        match c {
            ':' if text[..at].trim_start().is_empty() => out.extend(c.escape_unicode()),
            '#' if before == Some('#') => {
                out.extend(c.escape_unicode());
                last = None;
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if unsafe_to_show(c) && c != '\\' => {
                out.extend(c.escape_unicode());
            }
            c => {
                if c == '\\' {
                    out.push('\\');
                }
                out.push(c);
            }
        }
    }
    Cow::Owned(out)
}

/// Whether a CI server would obey it.
fn is_command(text: &str) -> bool {
    text.trim_start().starts_with(':') || text.contains("##")
}

fn unsafe_to_show(c: char) -> bool {
    c.is_control()
        || c == '\\'
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::escape_for_terminal;

    #[test]
    fn no_server_takes_a_name_for_a_command() {
        assert_eq!(escape_for_terminal("::error::x"), "\\u{3a}:error::x");
        assert_eq!(escape_for_terminal(" ::a"), " \\u{3a}:a");
        assert_eq!(escape_for_terminal("a ###[b] \\"), "a #\\u{23}#[b] \\\\");
        assert_eq!(escape_for_terminal("x::y#1"), "x::y#1");
    }

    #[test]
    fn nothing_is_obeyed() {
        assert_eq!(escape_for_terminal("src/größe 日本.rs"), "src/größe 日本.rs");
        assert_eq!(escape_for_terminal("a\x1b[31m\nb"), "a\\u{1b}[31m\\nb");
        assert_eq!(escape_for_terminal("x\u{202e}cod.exe"), "x\\u{202e}cod.exe");
        assert_eq!(escape_for_terminal("\u{9b}2J\u{feff}"), "\\u{9b}2J\\u{feff}");
        assert_eq!(escape_for_terminal("a\\n"), "a\\\\n");
    }
}
