//! Tables for people: columns as wide as their text, wrapped to the terminal's width, no borders,
//! so that a row is still one line for `grep` and `awk` where the output is not a terminal.

use comfy_table::{ColumnConstraint, ContentArrangement, TableStyle};

use super::shown;
use super::style::Look;

/// A table in the making.
pub(crate) struct Table {
    inner: comfy_table::Table,
}

/// One cell.
pub(crate) struct Cell {
    text: String,
    look: Look,
}

impl Cell {
    /// Plain text; foreign characters are escaped here.
    pub(crate) fn new(text: &str) -> Self {
        Self::with(Look::Plain, text)
    }

    /// Text with a look of its own. It should be one short word: it is never wrapped apart.
    pub(crate) fn with(look: Look, text: &str) -> Self {
        Self { text: shown(text).into_owned(), look }
    }
}

/// Zero-width marks that stand around a cell's text while the table is laid out, and become
/// colours after it. No shown text can hold one: `shown` escapes them all.
const MARKS: [(Look, char); 6] = [
    (Look::Strong, '\u{2061}'),
    (Look::Faint, '\u{2062}'),
    (Look::Good, '\u{2063}'),
    (Look::Warning, '\u{2064}'),
    (Look::Error, '\u{206a}'),
    (Look::Hint, '\u{206b}'),
];
const END: char = '\u{206c}';

impl Table {
    /// A table with these headings, at most `width` columns of text wide.
    pub(super) fn new(header: &[&str], width: Option<u16>) -> Self {
        let mut inner = comfy_table::Table::new();
        inner.load_style(TableStyle::new());
        if let Some(width) = width {
            inner.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
        }
        inner.set_header(header.iter().map(|text| marked(&Cell::with(Look::Faint, text))));
        Self { inner }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.inner.add_row(cells.into_iter().map(|cell| marked(&cell)));
    }

    /// Keeps a column on one line, whatever its width.
    pub(crate) fn keep_whole(&mut self, column: usize) {
        if let Some(column) = self.inner.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }

    /// The table as lines.
    pub(crate) fn render(&mut self) -> String {
        let mut first = true;
        for column in self.inner.column_iter_mut() {
            column.set_padding((if first { 0 } else { 1 }, 1));
            first = false;
        }
        let mut text = String::new();
        for line in self.inner.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        painted(&text)
    }
}

fn marked(cell: &Cell) -> String {
    match MARKS.iter().find(|(look, _)| *look == cell.look) {
        Some((_, mark)) => format!("{mark}{}{END}", cell.text),
        None => cell.text.clone(),
    }
}

fn painted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open = Look::Plain.style();
    for c in text.chars() {
        match MARKS.iter().find(|(_, mark)| *mark == c) {
            Some((look, _)) => {
                open = look.style();
                out.push_str(&open.render().to_string());
            }
            None if c == END => out.push_str(&open.render_reset().to_string()),
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_under_their_headings_whatever_the_colours() {
        let mut table = Table::new(&["ID", "STATUS", "NAME"], None);
        table.row([Cell::new("1"), Cell::with(Look::Good, "active"), Cell::new("a\x1b[31m")]);
        table.row([Cell::new("2"), Cell::with(Look::Error, "revoked"), Cell::new("größe")]);
        let plain = anstream::adapter::strip_str(&table.render()).to_string();
        assert_eq!(plain, "ID  STATUS   NAME\n1   active   a\\u{1b}[31m\n2   revoked  größe\n");
    }
}
