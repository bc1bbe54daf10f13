//! An answer as a document: sections with facts, charts and tables, in reading order.
//!
//! One document is shown in words, as CSV and as a page; what programs read is made elsewhere,
//! from the values themselves.

mod chart;
mod csv;
mod html;

pub use chart::{Chart, Series};

/// Rows of a table that are shown; further ones are counted. Programs get more by JSON.
pub const ROWS_MAX: usize = 100;

/// A document.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// What it answers.
    pub title: String,
    /// Of what, and of which time.
    pub about: Vec<Fact>,
    /// Its parts.
    pub sections: Vec<Section>,
    /// What it rests on.
    pub closing: Vec<Fact>,
}

/// A label and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// The value, for people.
    pub value: String,
}

/// A fact.
pub fn fact(label: impl Into<String>, value: impl ToString) -> Fact {
    Fact { label: label.into(), value: value.to_string() }
}

/// A part of a document.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// What it says, in sentences.
    pub says: Vec<String>,
    /// Figures.
    pub facts: Vec<Fact>,
    /// Pictures of figures.
    pub charts: Vec<Chart>,
    /// Rows; tables without any are not shown.
    pub tables: Vec<Table>,
    /// What is not known, and why.
    pub gaps: Vec<String>,
    /// The controls it serves: a standard and its numbers.
    pub controls: Vec<Control>,
}

/// Which controls of a standard a section serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Control {
    /// The standard.
    pub standard: &'static str,
    /// The controls' numbers.
    pub numbers: &'static str,
}

/// Rows under headings.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The headings.
    pub head: Vec<&'static str>,
    /// The rows, as many cells each.
    pub rows: Vec<Vec<String>>,
    /// Rows that are left out.
    pub omitted: usize,
}

impl Table {
    /// A table of the first [`ROWS_MAX`] rows.
    pub fn new(head: &[&'static str], rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        let mut rows = rows.into_iter();
        let shown = rows.by_ref().take(ROWS_MAX).collect();
        Self { head: head.to_vec(), rows: shown, omitted: rows.count() }
    }
}
