//! Tokens for people: a row of a table, or a card with everything.

use patrol_ledger::{Status, Timestamp, Token};

use super::time;
use crate::ui::{Cell, Look, Ui, paint, shown};

/// A card: the id and name, and below them what is known. `suspended_why`: the reason of a suspension,
/// which only the log has.
pub(crate) fn card(
    token: &Token,
    last_used: Option<Timestamp>,
    suspended_why: Option<&str>,
    now: Timestamp,
) -> String {
    let status = token.status(now);
    let at = |at: Option<Timestamp>| at.map(|at| time::both(at, now));
    let why = suspended_why.map(|why| format!("; {why}")).unwrap_or_default();
    let suspended = at(token.suspended_at).map(|at| at + &why);
    let revoked = token.revocation(now);
    let revoked =
        revoked.map(|revoked| format!("{}, {}", revoked.reason, time::both(revoked.at, now)));
    let rotated_to = token.rotated_to.map(|id| match token.superseded_at {
        Some(end) if end > now => format!("{id}, goes on until {}", time::both(end, now)),
        _ => id.to_string(),
    });
    let leaked = token.leaked_at.map(|at| {
        let accepted = if token.has_open_leak() { "" } else { "; the risk was accepted" };
        let places = token.sightings;
        format!("{}, seen in {places} place{}{accepted}", time::both(at, now), plural(places))
    });
    let lines = [
        ("owner", Some(owner(token))),
        ("status", Some(paint(look(status), status.as_str()))),
        ("description", token.description.as_deref().map(|text| shown(text).into_owned())),
        ("scopes", Some(scopes(token))),
        ("created", at(Some(token.created_at))),
        ("expires", Some(at(token.expires_at).unwrap_or_else(|| "never".into()))),
        ("last used", at(last_used)),
        ("suspended", suspended),
        ("leaked", leaked),
        ("revoked", revoked),
        ("rotated from", token.rotated_from.map(|id| id.to_string())),
        ("rotated to", rotated_to),
        ("digest", Some(token.digest.to_string())),
    ];
    let line = |(label, value): (&str, String)| {
        format!("  {}  {value}\n", paint(Look::Faint, &format!("{label:<12}")))
    };
    let known = lines.into_iter().filter_map(|(label, value)| Some((label, value?)));
    let head = paint(Look::Strong, &token.id.to_string());
    format!("{head}  {}\n{}", name(token), known.map(line).collect::<String>())
}

/// A table of tokens.
pub(crate) fn table(tokens: &[Token], now: Timestamp, ui: &Ui) -> String {
    let mut table = ui.table(&["ID", "OWNER", "NAME", "STATUS", "ENDS", "SCOPES"]);
    for token in tokens {
        let status = token.status(now);
        table.row([
            Cell::new(&token.id.to_string()),
            Cell::new(token.owner.text.as_deref().unwrap_or("(forgotten)")),
            Cell::new(token.name.as_deref().unwrap_or("(forgotten)")),
            Cell::with(look(status), status.as_str()),
            Cell::new(&end(token, now, ui.is_verbose())),
            Cell::new(&scopes(token)),
        ]);
    }
    for whole in [0, 3, 4] {
        table.keep_whole(whole);
    }
    table.render()
}

/// When a token ends, or ended: "in 89 days", "3 min ago".
pub(crate) fn end(token: &Token, now: Timestamp, exact: bool) -> String {
    let revoked = token.revocation(now).map(|revoked| revoked.at);
    let ends = [token.superseded_at, token.expires_at].into_iter().flatten().min();
    match revoked.or(ends) {
        Some(end) => time::when(end, now, exact),
        None => "never".into(),
    }
}

/// The colour of a status.
pub(crate) fn look(status: Status) -> Look {
    match status {
        Status::Active => Look::Good,
        Status::Suspended => Look::Warning,
        Status::Expired => Look::Faint,
        Status::Revoked => Look::Error,
    }
}

fn name(token: &Token) -> String {
    shown(token.name.as_deref().unwrap_or("(forgotten)")).into_owned()
}

fn owner(token: &Token) -> String {
    shown(token.owner.text.as_deref().unwrap_or("(forgotten)")).into_owned()
}

fn scopes(token: &Token) -> String {
    let scopes: Vec<_> = token.scopes.iter().map(ToString::to_string).collect();
    if scopes.is_empty() { "none".into() } else { scopes.join(" ") }
}

fn plural(count: u32) -> &'static str {
    if count == 1 { "" } else { "s" }
}
