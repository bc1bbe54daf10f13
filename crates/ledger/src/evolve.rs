//! Evolving: what an event makes of the state before it. Pure; replaying from the first event
//! equals having been there.

use crate::event::{Event, Format, Recorded, SuspendReason};
use crate::key::is_endorsed;
use crate::person::Personal;
use crate::policy::Policy;
use crate::scope::Scopes;
use crate::time::Timestamp;
use crate::token::{LedgerRow, Revoked, Token};

/// An event that does not fit the state before it: the log was edited, or written by a program
/// with other rules. Whoever meets one stops.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {position} cannot be applied: {why}")]
pub struct Impossible {
    /// The event's position.
    pub position: u64,
    /// What does not fit.
    pub why: String,
}

impl Impossible {
    /// At `position`, because `why`.
    pub fn new(position: u64, why: impl Into<String>) -> Self {
        Self { position, why: why.into() }
    }
}

/// The token after an event of its stream.
///
/// # Errors
/// An event that does not fit.
pub fn evolve_token(before: Option<Token>, recorded: &Recorded) -> Result<Token, Impossible> {
    let Some(mut token) = before else {
        expect_version(1, recorded)?;
        let never = || Impossible::new(recorded.position, "the token was never issued");
        return begin(recorded).ok_or_else(never);
    };
    advance_token(&mut token, recorded)?;
    Ok(token)
}

/// The same, where the token stands. One that an event does not fit is not to be used.
pub(crate) fn advance_token(token: &mut Token, recorded: &Recorded) -> Result<(), Impossible> {
    let stop = |why: &str| Impossible::new(recorded.position, why);
    let at = recorded.recorded_at;
    expect_version(token.version + 1, recorded)?;
    match &recorded.event {
        Event::TokenRenamed(name) => token.name.clone_from(&name.text),
        Event::TokenScoped { added, removed } => {
            token.scopes = token.scopes.with(added).without(removed);
        }
        Event::TokenExpiryChanged(expires_at) => token.expires_at = *expires_at,
        Event::TokenRotated { successor, ends_at } => {
            token.rotated_to = Some(*successor);
            token.superseded_at = Some(*ends_at);
        }
        Event::TokenSuspended { reason, .. } => {
            token.suspended_at = Some(at);
            if *reason == SuspendReason::Leaked {
                // A leak in a new place, recorded or not, was accepted by nobody.
                token.leak_accepted_at = None;
            }
        }
        Event::TokenResumed { accepted_leak } => {
            token.suspended_at = None;
            if accepted_leak.is_some() {
                token.leak_accepted_at = Some(at);
            }
        }
        Event::TokenLeaked(_) => {
            token.leaked_at = token.leaked_at.or(Some(at));
            token.leak_accepted_at = None;
            token.sightings += 1;
        }
        Event::TokenRevoked { reason, .. } => {
            let revocation = Revoked { at, reason: *reason };
            // An overlap that ended earlier ended the token then; the event only records it.
            token.revoked = Some(token.revocation(at).unwrap_or(revocation));
        }
        Event::TokenExpired(end) => token.expired_at = Some(*end),
        Event::TokenIssued(_) | Event::TokenImported(_) => {
            return Err(stop("the token was issued before"));
        }
        Event::OwnerForgotten { .. }
        | Event::ReviewStarted { .. }
        | Event::ReviewDecided { .. }
        | Event::ReviewClosed { .. } => return Err(stop("another stream's event in a token's")),
        Event::LedgerOpened(_)
        | Event::PolicyChanged(_)
        | Event::PrefixAdded(_)
        | Event::ScanBypassed(_)
        | Event::MapCommitted(_)
        | Event::KeyRotated(_)
        | Event::RollbackAccepted(_) => {
            return Err(stop("an event of the ledger in a token's stream"));
        }
    }
    token.version = recorded.version;
    token.position = recorded.position;
    Ok(())
}

/// That an event is the next of its stream.
fn expect_version(expected: u64, recorded: &Recorded) -> Result<(), Impossible> {
    match recorded.version {
        found if found == expected => Ok(()),
        found => {
            let why = format!("version {found}, expected {expected}");
            Err(Impossible::new(recorded.position, why))
        }
    }
}

/// The token that its first event makes.
fn begin(recorded: &Recorded) -> Option<Token> {
    let id = recorded.stream.token()?;
    let text = |field: &Option<Personal>| field.as_ref().and_then(|field| field.text.clone());
    let token = |format: &Format, prefix, owner: &Personal, digest| Token {
        id,
        format: format.clone(),
        imported: matches!(recorded.event, Event::TokenImported(_)),
        prefix,
        owner: owner.clone(),
        name: None,
        description: None,
        scopes: Scopes::default(),
        digest,
        created_at: recorded.recorded_at,
        expires_at: None,
        suspended_at: None,
        expired_at: None,
        revoked: None,
        superseded_at: None,
        rotated_from: None,
        rotated_to: None,
        leaked_at: None,
        sightings: 0,
        leak_accepted_at: None,
        issued_position: recorded.position,
        version: recorded.version,
        position: recorded.position,
    };
    match &recorded.event {
        Event::TokenIssued(issued) => Some(Token {
            name: issued.name.text.clone(),
            description: text(&issued.description),
            scopes: issued.scopes.clone(),
            expires_at: issued.expires_at,
            rotated_from: issued.rotated_from,
            ..token(&Format::V1, Some(issued.prefix.clone()), &issued.owner, issued.digest)
        }),
        Event::TokenImported(imported) => Some(Token {
            name: imported.name.text.clone(),
            description: text(&imported.description),
            scopes: imported.scopes.clone(),
            created_at: imported.created_at.unwrap_or(recorded.recorded_at),
            expires_at: imported.expires_at,
            ..token(&imported.format, imported.prefix.clone(), &imported.owner, imported.digest)
        }),
        _ => None,
    }
}

/// The ledger after an event of its own stream.
///
/// # Errors
/// An event that does not fit.
pub fn evolve_ledger(
    before: Option<LedgerRow>,
    recorded: &Recorded,
) -> Result<LedgerRow, Impossible> {
    let stop = |why: &str| Impossible::new(recorded.position, why);
    let expected = before.as_ref().map_or(1, |row| row.version + 1);
    if recorded.version != expected {
        return Err(stop(&format!("version {}, expected {expected}", recorded.version)));
    }
    let mut row = match (&recorded.event, before) {
        (Event::LedgerOpened(opened), None) if recorded.position == 0 => LedgerRow {
            id: opened.ledger,
            origin: opened.origin.clone(),
            verifier_key: opened.verifier_key.clone(),
            prefixes: vec![opened.prefix.clone()],
            policy: Policy::default(),
            version: 0,
        },
        (Event::LedgerOpened(_), _) => return Err(stop("a ledger is opened once, at position 0")),
        (_, None) => return Err(stop("the ledger was never opened")),
        (_, Some(row)) => row,
    };
    match &recorded.event {
        // What was let past a scan is told and changes nothing.
        Event::LedgerOpened(_) | Event::ScanBypassed(_) | Event::RollbackAccepted(_) => {}
        Event::MapCommitted(map) if map.size <= recorded.position => {}
        Event::MapCommitted(_) => return Err(stop("a commitment to events yet to come")),
        Event::KeyRotated(rotated) if is_endorsed(&row.verifier_key, rotated) => {
            row.verifier_key.clone_from(&rotated.verifier_key);
        }
        Event::KeyRotated(_) => {
            return Err(stop("the new signing key is not endorsed by the one before"));
        }
        Event::PolicyChanged(change) => row.policy = row.policy.with(change),
        Event::PrefixAdded(prefix) => {
            row.prefixes.retain(|known| known != prefix);
            row.prefixes.push(prefix.clone());
        }
        _ => return Err(stop("a token's event in the ledger's stream")),
    }
    row.version = recorded.version;
    Ok(row)
}

/// The time an event is recorded at: the clock, but never before the previous event.
pub fn recording_time(clock: Timestamp, previous: Option<Timestamp>) -> Timestamp {
    previous.map_or(clock, |previous| clock.max(previous))
}
