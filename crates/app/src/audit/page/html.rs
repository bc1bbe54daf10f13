//! A document as one HTML page that needs nothing else: no script, no font, no picture from
//! elsewhere, and a policy that would refuse them. It follows the reader's light or dark setting and
//! prints on white.

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use super::{Document, Fact, Section, Table};

const STYLE: &str = include_str!("page.css");

impl Document {
    /// The document as a page.
    pub fn html(&self) -> String {
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            BASE64.encode(Sha256::digest(STYLE))
        );
        let title = escape(&self.title);
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n\
             <h1>{title}</h1>\n{}</header>\n",
            facts(&self.about, "about")
        );
        if self.sections.len() > 3 {
            page.push_str("<nav aria-label=\"Contents\"><ol>");
            for (number, section) in self.sections.iter().enumerate() {
                let heading = escape(&section.title);
                let _ = write!(page, "<li><a href=\"#s{}\">{heading}</a></li>", number + 1);
            }
            page.push_str("</ol></nav>\n");
        }
        page.push_str("<main>\n");
        for (number, part) in self.sections.iter().enumerate() {
            page.push_str(&section(part, number + 1));
        }
        page.push_str("</main>\n");
        if !self.closing.is_empty() {
            page.push_str("<footer>\n<h2>What this rests on</h2>\n");
            page.push_str(&facts(&self.closing, "log"));
            page.push_str("</footer>\n");
        }
        page.push_str("</body>\n</html>\n");
        page
    }
}

fn section(section: &Section, number: usize) -> String {
    let mut out = format!("<section id=\"s{number}\">\n<h2>{}</h2>\n", escape(&section.title));
    for said in &section.says {
        let _ = writeln!(out, "<p>{}</p>", escape(said));
    }
    if !section.facts.is_empty() {
        out.push_str(&facts(&section.facts, "figures"));
    }
    for chart in section.charts.iter().filter(|chart| !chart.is_empty()) {
        out.push_str(&chart.svg());
        out.push('\n');
    }
    for rows in section.tables.iter().filter(|table| !table.rows.is_empty()) {
        out.push_str(&table(rows));
    }
    for gap in &section.gaps {
        let _ = writeln!(out, "<p class=\"gap\"><b>Not known:</b> {}</p>", escape(gap));
    }
    if !section.controls.is_empty() {
        out.push_str("<p class=\"controls\">Serves ");
        for (at, control) in section.controls.iter().enumerate() {
            let between = if at == 0 { "" } else { " · " };
            let (standard, numbers) = (escape(control.standard), escape(control.numbers));
            let _ = write!(out, "{between}<b>{standard}</b> {numbers}");
        }
        out.push_str("</p>\n");
    }
    out.push_str("</section>\n");
    out
}

fn facts(facts: &[Fact], class: &str) -> String {
    let mut out = format!("<dl class=\"{class}\">");
    for fact in facts {
        let (label, value) = (escape(&fact.label), escape(&fact.value));
        // What is no figure but a time or a sentence stands smaller, so that it needs no four lines.
        let class = if fact.value.chars().count() > FIGURE_MAX { " class=\"t\"" } else { "" };
        let _ = write!(out, "<div><dt>{label}</dt><dd{class}>{value}</dd></div>");
    }
    out.push_str("</dl>\n");
    out
}

fn table(table: &Table) -> String {
    let is_figure = |cell: &str| cell.bytes().all(|b| b.is_ascii_digit());
    let class = |column: usize| {
        let cells = || table.rows.iter().filter_map(|row| row.get(column));
        match () {
            () if cells().all(|cell| is_figure(cell)) && cells().any(|cell| !cell.is_empty()) => {
                " class=\"n\""
            }
            // An id, which nobody wants broken.
            () if cells().all(|cell| cell.len() == 26 && !cell.contains(' ')) => " class=\"id\"",
            () => "",
        }
    };
    let classes: Vec<_> = (0..table.head.len()).map(class).collect();
    let mut out = String::from("<div class=\"wide\"><table><thead><tr>");
    for (head, class) in table.head.iter().zip(&classes) {
        let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", escape(head));
    }
    out.push_str("</tr></thead><tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (cell, class) in row.iter().zip(&classes) {
            let _ = write!(out, "<td{class}>{}</td>", breakable(cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    if table.omitted > 0 {
        let _ = writeln!(
            out,
            "<p class=\"gap\">and {} more rows; --format json has them</p>",
            table.omitted
        );
    }
    out
}

/// Characters of a value that is still a figure.
const FIGURE_MAX: usize = 10;

/// Characters of a word that is never broken: an owner, an event's type, a token's id.
const WORD_MAX: usize = 26;

/// Text of a cell. No word is broken but one that would make its column too wide, such as a path: behind
/// its punctuation, and a hash where it has to be. A time keeps its zone beside it.
fn breakable(text: &str) -> Cow<'_, str> {
    if !text.contains(" UTC") && text.split(' ').all(|word| word.chars().count() <= WORD_MAX) {
        return escape(text);
    }
    let mut out = String::with_capacity(text.len() * 2);
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 {
            out.push_str(if word == "UTC" { "&nbsp;" } else { " " });
        }
        if is_date(word) {
            out.extend(["<span class=\"d\">", word, "</span>"]);
            continue;
        }
        if word.chars().count() <= WORD_MAX {
            out.push_str(&escape(word));
            continue;
        }
        let mut since = 0;
        let mut letter = [0; 4];
        for c in word.chars() {
            if since >= WORD_MAX {
                out.push_str("<wbr>");
                since = 0;
            }
            out.push_str(&escape(c.encode_utf8(&mut letter)));
            since += 1;
            if matches!(c, '/' | '.' | '@' | '_' | '-' | ':' | ',') {
                out.push_str("<wbr>");
                since = 0;
            }
        }
    }
    Cow::Owned(out)
}

/// Whether it is a date, which browsers would break behind a hyphen.
fn is_date(word: &str) -> bool {
    let fits =
        |(at, b): (usize, u8)| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() };
    word.len() == 10 && word.bytes().enumerate().all(fits)
}

/// Text as HTML shows it: what has a meaning in HTML is escaped, and what a reader would not see
/// (control, bidirectional and invisible characters) stands as its number.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\'') && !is_hidden(c);
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if is_hidden(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_is_markup() {
        for (text, expect) in [
            ("plain größe", "plain größe"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onload='x'", "&quot; onload=&#39;x&#39;"),
            ("a&b", "a&amp;b"),
            ("\u{202e}txt\u{0}", "\\u{202e}txt\\u{0}"),
        ] {
            assert_eq!(escape(text), expect);
        }
    }

    #[test]
    fn words_are_broken_where_they_must_and_at_punctuation() {
        for (text, expect) in [
            ("token.issued gil@example.com", "token.issued gil@example.com"),
            (
                "in src/some/<deep>/path/of/a.env:1",
                "in src/<wbr>some/<wbr>&lt;deep&gt;/<wbr>path/<wbr>of/<wbr>a.<wbr>env:<wbr>1",
            ),
            ("2026-03-03 12:00:00 UTC", "<span class=\"d\">2026-03-03</span> 12:00:00&nbsp;UTC"),
            ("0123456789012345678901234567", "01234567890123456789012345<wbr>67"),
        ] {
            assert_eq!(breakable(text), expect);
        }
    }

    #[test]
    fn the_page_allows_its_own_style_and_nothing_else() {
        let page = Document { title: "</title><script>".into(), ..Document::default() }.html();
        assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"));
        assert!(
            !page.contains("<script") && !page.contains("http://") && !page.contains("https://")
        );
        assert!(!page.contains("style=") && !STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
