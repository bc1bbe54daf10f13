//! Whom the verifier believes, and the keys that a believed key leads to.

use super::{Report, count};
use crate::time::{Lifetime, Timestamp};
use crate::tlog::checkpoint::{Checkpoint, Signed};
use crate::tlog::note::{Note, VerifierKey};
use crate::tlog::policy::{Accepted, Cosigner, Policy};

/// Whom the verifier believes.
#[derive(Clone, Debug)]
pub enum Trust {
    /// The log whose key this is, or a later one that it endorsed.
    Key(VerifierKey),
    /// What a policy says: logs by all of their keys, and witnesses.
    Policy(Policy),
}

/// A believed key and those that it leads to, one after another, by what a file brings.
pub(super) trait Leads: Fn(&VerifierKey) -> Vec<VerifierKey> {}

impl<F: Fn(&VerifierKey) -> Vec<VerifierKey>> Leads for F {}

/// The checkpoint, if the verifier believes it.
///
/// # Errors
/// In words, why not.
pub(super) fn believed(
    note: &[u8],
    trust: &Trust,
    leads: &impl Leads,
    report: &mut Report,
) -> Result<Signed, String> {
    let signed = match trust {
        Trust::Policy(policy) => by_policy(note, policy, report)?,
        Trust::Key(first) => {
            let signer = signer(note, leads(first)).unwrap_or_else(|| first.clone());
            let signed =
                Checkpoint::open(note, &signer).map_err(|why| format!("the checkpoint: {why}"))?;
            let by = match signer == *first {
                true => "by the key given".to_owned(),
                false => format!("by {signer}, which the key given endorsed"),
            };
            report.proven.push(format!(
                "the log {} committed to {}; signed {by}",
                signed.checkpoint.origin,
                count(signed.checkpoint.size, "event")
            ));
            report
                .not_proven
                .push("that others were shown the same log: only witnesses tell (--policy)".into());
            signed
        }
    };
    report.checkpoint = Some(signed.checkpoint.clone());
    Ok(signed)
}

/// The first of these keys that a note says it is signed by.
fn signer(note: &[u8], keys: Vec<VerifierKey>) -> Option<VerifierKey> {
    let note = Note::parse(note).ok()?;
    keys.into_iter().find(|key| note.signatures().iter().any(|line| key.is_of(line)))
}

fn by_policy(note: &[u8], policy: &Policy, report: &mut Report) -> Result<Signed, String> {
    let Accepted { signed, witnesses } =
        policy.accept(note).map_err(|why| format!("the checkpoint: {why}"))?;
    let Checkpoint { origin, size, .. } = &signed.checkpoint;
    report.proven.push(format!(
        "the log {origin} committed to {}; the policy accepts that",
        count(*size, "event")
    ));
    report.proven.push(match witnesses.is_empty() {
        true => "no witness was asked for, and none has cosigned".into(),
        false => {
            let by: Vec<_> = witnesses.iter().map(cosigner).collect();
            format!("cosigned by {}", by.join(", "))
        }
    });
    let foreign = policy.cannot_be_verified();
    if !foreign.is_empty() {
        report.not_proven.push(format!(
            "whether these witnesses have cosigned, as their keys are not supported here: {}",
            foreign.join(", ")
        ));
    }
    Ok(signed)
}

/// A witness, and when it says it has seen the checkpoint.
fn cosigner(it: &Cosigner) -> String {
    let micros = i64::try_from(it.time).ok().and_then(|time| time.checked_mul(1_000_000));
    match micros.filter(|micros| *micros <= Timestamp::MAX.as_micros()) {
        Some(micros) => {
            format!(
                "{} ({})",
                it.name,
                Timestamp::EPOCH.plus(Lifetime::seconds(micros / 1_000_000))
            )
        }
        None => format!("{} (at a time that cannot be: {} s after 1970)", it.name, it.time),
    }
}

/// An older checkpoint of the same log, signed by one of the keys that are believed.
///
/// # Errors
/// In words, why it is none.
pub(super) fn older(
    bytes: &[u8],
    new: &Checkpoint,
    trust: &Trust,
    leads: &impl Leads,
) -> Result<Checkpoint, String> {
    let keys: Vec<_> = match trust {
        Trust::Key(key) => leads(key),
        // A policy names each key that it believes.
        Trust::Policy(policy) => policy.logs.iter().map(|log| log.key.clone()).collect(),
    };
    let read = || {
        let note = Note::parse(bytes).map_err(|why| why.to_string())?;
        let old = Checkpoint::parse(note.text()).map_err(|why| why.to_string())?;
        Ok::<_, String>((note, old))
    };
    let (note, old) = read().map_err(|why| format!("the older checkpoint: {why}"))?;
    if old.origin != new.origin {
        return Err(format!(
            "the older checkpoint is of the log {}, this file of {}",
            old.origin, new.origin
        ));
    }
    note.verify(&keys).map_err(|why| {
        format!(
            "the older checkpoint: {why} (if the log's key was rotated since, give the key of that time: \
             it leads to the newer one)"
        )
    })?;
    if old.size > new.size {
        return Err(format!(
            "the older checkpoint has {}, this file's {}: the log was cut, or they are the wrong way round",
            count(old.size, "event"),
            new.size
        ));
    }
    Ok(old)
}

/// What is said when the log continues an older checkpoint.
pub(super) fn continues(old: u64) -> String {
    match old {
        1 => "the first event is the one that the older checkpoint committed to".into(),
        old => format!("the first {old} events are those that the older checkpoint committed to"),
    }
}

/// What no file of a log can tell, whatever it proves.
pub(super) const NOBODY_CAN_TELL: &str =
    "that this is the log's newest checkpoint, and that what the events say is true";
