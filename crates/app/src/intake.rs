//! Intake: the one bridge from a finding to a command.
//!
//! A finding is a fact only if the whole secret's digest is the ledger's. Then the owner may be
//! told, and the token ended. A well-formed stranger is `unknown`: anyone can compute a checksum.

use patrol_ledger::text::{PERSON_MAX, clip};
use patrol_ledger::{
    Cause, Command, Event, Leak, Refusal, Request, Selector, Sighting, Status as TokenStatus, Token,
};
use patrol_scan::{Action, Finding, Status};
use patrol_token::TokenDigest;

use crate::app::{App, Caller};
use crate::error::AppError;

/// What was done about a finding.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The token after it; `None`: not ours.
    pub token: Option<Token>,
    /// Whether the place was recorded now.
    pub recorded: bool,
    /// What was done.
    pub action: Action,
    /// Where the last event stands, if there was one.
    pub position: Option<u64>,
}

/// Fills in what the ledger knows of findings: status, and the owner where the digest matches.
///
/// A secret of another shape may be an imported token; what is not known by its digest keeps no
/// status, as it is somebody else's.
///
/// # Errors
/// When the ledger cannot be read; the findings then stay without a status, never `unknown`.
pub fn judge(app: &App, findings: &mut [Finding]) -> Result<(), AppError> {
    let now = app.now()?;
    for finding in findings {
        let token = app.reader()?.token(&selector(finding))?;
        fill(finding, token.as_ref(), now);
    }
    Ok(())
}

/// Records a finding and responds by policy, in one transaction; fills in status and action.
///
/// Safe to repeat: a place is recorded once, and the action is decided anew each time. About a secret
/// that the ledger does not know nothing is done.
///
/// # Errors
/// When the ledger cannot be read or written. The finding must then be handed in again.
pub fn respond(app: &App, by: &Caller, finding: &mut Finding) -> Result<Response, AppError> {
    let place = *finding.place.as_bytes();
    let location = &finding.location;
    let leak = Leak {
        token: selector(finding),
        sighting: Sighting {
            place,
            source: location.source.as_str().into(),
            repository: location.repository.clone(),
            object: location.object.clone(),
            reference: location.reference.clone(),
            path: location.path.as_ref().map(ToString::to_string),
            line: Some(location.line),
            column: Some(location.column),
            commit: location.commit.clone(),
            author: location.author.as_deref().map(|author| clip(author, PERSON_MAX)),
            date: location.date.clone(),
        },
    };
    let request = Request {
        actor: by.actor.clone(),
        via: by.via,
        uid: by.uid,
        cause: Some(Cause {
            kind: "finding".into(),
            id: finding.place.to_string(),
            key_hash: None,
        }),
        command: Command::Leak(Box::new(leak)),
    };
    let receipt = match app.ledger().submit(request).map_err(AppError::from) {
        Ok(receipt) => receipt,
        Err(AppError::Refused(Refusal::UnknownToken { .. })) => {
            fill(finding, None, app.now()?);
            return Ok(Response::default());
        }
        Err(error) => return Err(error),
    };
    let token = receipt
        .tokens
        .into_values()
        .find(|token| token.digest.as_bytes() == finding.secret.digest());
    let did = |wanted: fn(&Event) -> bool| receipt.events.iter().any(|e| wanted(&e.event));
    finding.action = if did(|event| matches!(event, Event::TokenRevoked { .. })) {
        Action::Revoked
    } else if did(|event| matches!(event, Event::TokenSuspended { .. })) {
        Action::Suspended
    } else {
        match token.as_ref().map(|token| token.status(receipt.at)) {
            Some(TokenStatus::Revoked | TokenStatus::Suspended) => Action::Already,
            _ => Action::None,
        }
    };
    fill(finding, token.as_ref(), receipt.at);
    Ok(Response {
        recorded: did(|event| matches!(event, Event::TokenLeaked(_))),
        action: finding.action,
        position: receipt.position,
        token,
    })
}

/// The whole secret's id and digest. By id alone nothing is ever ended.
fn selector(finding: &Finding) -> Selector {
    let digest = TokenDigest::from_bytes(*finding.secret.digest());
    Selector::Whole { id: finding.own().map(|token| token.id), digest }
}

fn fill(finding: &mut Finding, token: Option<&Token>, now: patrol_ledger::Timestamp) {
    let Some(token) = token else {
        finding.status = finding.own().map(|_| Status::Unknown);
        finding.owner = None;
        return;
    };
    finding.token_id = Some(token.id);
    finding.status = Some(match token.status(now) {
        TokenStatus::Active => Status::Active,
        TokenStatus::Suspended => Status::Suspended,
        TokenStatus::Expired => Status::Expired,
        TokenStatus::Revoked => Status::Revoked,
    });
    finding.owner.clone_from(&token.owner.text);
}
