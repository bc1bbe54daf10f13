//! `CloudEvents` 1.0 in the structured mode. `source` and `id` together are unique, `type` is
//! `patrol.` and the event's type, and the extension `sequence` is the position, of fixed length so
//! that text order is log order.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Line;
use crate::view::EventView;

/// One event.
pub(super) fn event(line: &Line<'_>) -> Value {
    let view = EventView::with(line.recorded, line.changed.clone());
    json!({
        "specversion": "1.0",
        "id": view.id,
        "source": source(&line.ledger.origin),
        "type": format!("patrol.{}", view.kind),
        "subject": view.stream,
        "time": view.recorded_at,
        "datacontenttype": "application/json",
        "sequence": format!("{:020}", view.position),
        "data": view,
    })
}

/// The origin names the log as a URL without its scheme does.
fn source(origin: &str) -> String {
    let kept = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*,;=%".contains(&b);
    let mut uri = String::from("https://");
    for byte in origin.bytes() {
        if kept(byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
