//! CSV after RFC 4180, safe to open in a spreadsheet: what a spreadsheet would run as a formula
//! begins with an apostrophe.

use std::borrow::Cow;

use super::{Line, json, words};

/// The first line.
pub(super) const HEADER: &str = "position,id,recorded_at,type,token_id,stream,version,actor,via,uid,\
    owner,name,message,comment,cause_kind,cause_id,data,before,after,ended_at\r\n";

/// One event; its line feed comes from the caller.
pub(super) fn line(line: &Line<'_>) -> String {
    let view = crate::view::EventView::with(line.recorded, line.changed.clone());
    let owner = line.token.and_then(|token| token.owner.text.as_deref());
    let name = line.token.and_then(|token| token.name.as_deref());
    let cause = view.cause.as_ref();
    let member =
        |member: &Option<serde_json::Map<_, _>>| member.as_ref().map(json).unwrap_or_default();
    let cells = [
        view.position.to_string(),
        view.id.clone(),
        view.recorded_at.clone(),
        view.kind.to_owned(),
        view.token_id.clone().unwrap_or_default(),
        view.stream.clone(),
        view.version.to_string(),
        view.actor.name.clone().unwrap_or_default(),
        view.actor.via.to_owned(),
        view.actor.uid.map(|uid| uid.to_string()).unwrap_or_default(),
        owner.unwrap_or_default().to_owned(),
        name.unwrap_or_default().to_owned(),
        words::sentence(line.recorded, line.changed.ended_at),
        words::comment(&line.recorded.event).unwrap_or_default().to_owned(),
        cause.map(|cause| cause.kind.clone()).unwrap_or_default(),
        cause.map(|cause| cause.id.clone()).unwrap_or_default(),
        json(&view.data),
        member(&view.before),
        member(&view.after),
        view.ended_at.unwrap_or_default(),
    ];
    let mut row = cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",");
    row.push('\r');
    row
}

/// A cell: quoted where it must be, and never a formula.
pub(in crate::audit) fn cell(text: &str) -> Cow<'_, str> {
    // What spreadsheets take for the beginning of a formula, also behind white space they skip.
    let begins = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
        || text.starts_with(['\t', '\r', '\n', '|', '%']);
    let is_number = text.parse::<i64>().is_ok();
    let text = match begins && !is_number {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    };
    if text.contains(['"', ',', '\n', '\r', '\t']) || text != text.trim() {
        return Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_quoted_and_are_never_formulas() {
        for (text, expect) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+49 30", "'+49 30"),
            ("-1", "-1"),
            ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
            ("  =1+1", "'  =1+1"),
            ("  padded", "\"  padded\""),
            ("\t=1", "\"'\t=1\""),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("%0A", "'%0A"),
        ] {
            assert_eq!(cell(text), expect, "{text:?}");
        }
    }
}
