//! Who gave a verdict, and whether that may be the token's owner: what is compared, and its words.

use patrol_ledger::text::may_be_one_person;
use patrol_ledger::{EventQuery, Personal, Reader, Recorded, Token};

use crate::error::AppError;

/// Whether a verdict may be the owner's own, as far as the log can tell.
pub(super) fn like_owner(
    reader: &Reader,
    token: Option<&Token>,
    said: &Recorded,
) -> Result<Option<&'static str>, AppError> {
    let Some(owner) = token.map(|token| &token.owner) else { return Ok(None) };
    let by = &said.actor.name;
    let alike = |name: &Personal| match (&owner.text, &name.text) {
        _ if owner.person == name.person => true,
        (Some(owner), Some(name)) => may_be_one_person(owner, name),
        _ => false,
    };
    if alike(by) {
        return Ok(Some("name"));
    }
    let Some(uid) = said.actor.uid else { return Ok(None) };
    let query =
        EventQuery { token: token.map(|it| it.id), limit: EVENTS_MAX, ..EventQuery::default() };
    let (events, _) = reader.events(&query)?;
    let theirs = |it: &Recorded| it.actor.uid == Some(uid) && alike(&it.actor.name);
    Ok(events.iter().any(theirs).then_some("uid"))
}

/// Events of one token that are looked at for who acted.
const EVENTS_MAX: usize = 1000;

/// What cannot be told of reviewers.
pub(super) const WHO_ACTS: &str = "who stands behind a name: --actor is what somebody says. The user id beside it \
     cannot be chosen, but several persons may share one";

/// Whether reviewers were owners, in the words of what was really compared: of so many verdicts, so
/// many may come from one.
pub(super) fn compared(verdicts: usize, like_owners: usize) -> String {
    let by =
        "names (whole, and before the @), and user ids under which owners acted on their tokens";
    match (verdicts, like_owners) {
        (0, _) => "No verdict was given yet.".into(),
        (_, 0) => format!("No verdict comes from the token's owner; compared were {by}."),
        (1, _) => {
            format!("The one verdict given may come from the token's owner; compared were {by}.")
        }
        (all, like) => {
            format!("{like} of {all} verdicts may come from the token's owner; compared were {by}.")
        }
    }
}
