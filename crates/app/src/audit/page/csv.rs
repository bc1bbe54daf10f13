//! A document as one tidy table: every figure and every cell is a line of its own, with where it
//! stands. Such lines can be filtered and joined, whatever the sections hold.

use super::{Document, Fact, Section};
use crate::audit::export::cell;

impl Document {
    /// The document as CSV after RFC 4180. No cell is a formula.
    pub fn csv(&self) -> String {
        let mut out = String::from("section,row,item,value\r\n");
        let mut facts = |section: &str, all: &[Fact]| {
            for fact in all {
                line(&mut out, section, 0, &fact.label, &fact.value);
            }
        };
        facts("about", &self.about);
        for section in &self.sections {
            facts(&section.title, &section.facts);
        }
        facts("log", &self.closing);
        for Section { title, tables, charts, .. } in &self.sections {
            for chart in charts {
                for series in &chart.series {
                    for (row, value) in series.values.iter().enumerate() {
                        let label = chart.labels.get(row).map_or("", String::as_str);
                        let item = format!("{}, {label}", series.name);
                        line(&mut out, &chart.title, row + 1, &item, &value.to_string());
                    }
                }
            }
            for table in tables {
                for (number, row) in table.rows.iter().enumerate() {
                    for (head, value) in table.head.iter().zip(row) {
                        line(&mut out, title, number + 1, head, value);
                    }
                }
            }
        }
        out
    }
}

fn line(out: &mut String, section: &str, row: usize, item: &str, value: &str) {
    let row = if row == 0 { String::new() } else { row.to_string() };
    let cells = [cell(section), row.into(), cell(item), cell(value)];
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}
