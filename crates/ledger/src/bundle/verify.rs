//! Verifying a bundle: pure, offline, from the bytes and whom the verifier believes.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::report::{Report, hashes, proven};
use super::trust::{NOBODY_CAN_TELL, Trust, believed, continues, older};
use super::{BundleV1, SCHEMA, SelectionV1, omission};
use crate::event::KeyRotated;
use crate::key::is_endorsed;
use crate::time::Timestamp;
use crate::tlog::checkpoint::{Checkpoint, Signed};
use crate::tlog::hash_from_text;
use crate::tlog::note::VerifierKey;
use crate::tlog::proof::verify_consistency;

/// Keys of the log that a bundle may bring: each takes a verification of its endorsement.
const KEYS_MAX: usize = 1000;

/// The member of a file that says how the others are to be read.
#[derive(serde::Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    schema: Option<std::borrow::Cow<'a, str>>,
}

/// Bytes that are no bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Cut, or another file.
    #[error("this is not a whole bundle: {0}")]
    Json(String),
    /// Of another version.
    #[error("a file of {0:?}; this program reads {SCHEMA}")]
    Schema(String),
    /// A proof file that was cut, or has other faults.
    #[error("this is not a whole proof: {0}")]
    Proof(String),
    /// Something else.
    #[error("this is no bundle, proof or checkpoint ({0})")]
    Other(String),
}

/// Verifies a bundle, and that its log continues `old`, if one is given.
///
/// # Errors
/// Bytes that are not a bundle. What is wrong with one that is, stands in the report.
pub fn verify(bytes: &[u8], trust: &Trust, old: Option<&[u8]>) -> Result<Report, BundleError> {
    let json = |error: serde_json::Error| BundleError::Json(error.to_string());
    // Only the version first: what follows is read as that version, straight from the bytes.
    let named: Named<'_> = serde_json::from_slice(bytes).map_err(json)?;
    match named.schema.as_deref() {
        Some(SCHEMA) => {}
        Some(other) => return Err(BundleError::Schema(other.chars().take(80).collect())),
        None => return Err(BundleError::Other("a JSON document that names no schema".into())),
    }
    let bundle: BundleV1 = serde_json::from_slice(bytes).map_err(json)?;
    if bundle.keys.len() > KEYS_MAX {
        return Err(BundleError::Json(format!("it has more than {KEYS_MAX} keys")));
    }
    let mut report = Report::default();
    match whole(&bundle, trust, old, &mut report) {
        Ok(()) => {}
        Err(why) => report.failed.push(why),
    }
    if !report.failed.is_empty() {
        report.checkpoint = None;
        report.proven.clear();
    }
    Ok(report)
}

fn whole(
    bundle: &BundleV1,
    trust: &Trust,
    old: Option<&[u8]>,
    report: &mut Report,
) -> Result<(), String> {
    let leads = |key: &VerifierKey| endorsed(bundle, key);
    let signed = believed(bundle.checkpoint.as_bytes(), trust, &leads, report)?;
    holds(bundle, &signed, report)?;
    match old {
        Some(old) => {
            let old = older(old, &signed.checkpoint, trust, &leads)?;
            consistent(bundle, &old, &signed.checkpoint, report)?;
        }
        None => report.not_proven.push(
            "that the log was not rewritten since an earlier checkpoint: give one with --checkpoint"
                .into(),
        ),
    }
    report.not_proven.push(NOBODY_CAN_TELL.into());
    Ok(())
}

/// That a bundle proves what it is said to prove, under a checkpoint that is believed.
pub(super) fn holds(bundle: &BundleV1, signed: &Signed, report: &mut Report) -> Result<(), String> {
    let Checkpoint { origin, size, root, .. } = &signed.checkpoint;
    let manifest = &bundle.manifest;
    if (&manifest.origin, manifest.size, hash_from_text(&manifest.root))
        != (origin, *size, Some(*root))
        || manifest.events != bundle.events.len() as u64
    {
        return Err("the manifest says something else than what is in the bundle".into());
    }
    let mut events = BTreeMap::new();
    for event in &bundle.events {
        let envelope = proven(event, *size, root)?;
        if events.insert(event.position, envelope).is_some() {
            return Err(format!("event {} stands in the bundle twice", event.position));
        }
    }
    report.events = events.len() as u64;
    if !events.is_empty() {
        report.proven.push(match events.len() {
            1 => format!(
                "1 event is in the log {origin}, at the position it names, byte for byte as it stands here"
            ),
            events => format!(
                "{events} events are in the log {origin}, at the positions they name, byte for byte as they stand here"
            ),
        });
    }
    match &manifest.selection {
        SelectionV1::Time { from, to, first, next } => {
            time(&events, (from, to), (*first, *next), *size, report)?;
        }
        SelectionV1::Token(id) => {
            if !bundle.tokens.iter().any(|token| token.id == *id) {
                return Err(format!(
                    "the bundle is said to be of token {id}, and proves nothing of it"
                ));
            }
            omission::nothing_left_out(bundle, &events, &signed.checkpoint, report)?;
        }
        SelectionV1::Owner => {
            omission::nothing_left_out(bundle, &events, &signed.checkpoint, report)?;
            report
                .not_proven
                .push("that these are all tokens of one owner: names are sealed in the log".into());
        }
    }
    Ok(())
}

/// A key and those that it endorsed one after another.
fn endorsed(bundle: &BundleV1, first: &VerifierKey) -> Vec<VerifierKey> {
    let mut keys = vec![first.clone()];
    for next in &bundle.keys {
        let endorsement = next.endorsement.as_ref().and_then(|text| BASE64.decode(text).ok());
        let (Some(endorsement), Some(last)) = (endorsement, keys.last()) else { continue };
        let rotated = KeyRotated { verifier_key: next.verifier_key.clone(), endorsement };
        if let Ok(key) = VerifierKey::parse(&next.verifier_key)
            && is_endorsed(&last.to_string(), &rotated)
        {
            keys.push(key);
        }
    }
    keys
}

/// That everything of a time is here: the positions are gapless, and the neighbours lie outside.
fn time(
    events: &BTreeMap<u64, Value>,
    (from, to): (&str, &str),
    (first, next): (u64, u64),
    size: u64,
    report: &mut Report,
) -> Result<(), String> {
    let instant =
        |text: &str| text.parse::<Timestamp>().map_err(|_| format!("{text:?} is not an instant"));
    let (start, end) = (instant(from)?, instant(to)?);
    if first > next || next > size {
        return Err("the manifest's positions are not those of this log".into());
    }
    for position in first.saturating_sub(1)..(next + 1).min(size) {
        let envelope = events
            .get(&position)
            .ok_or_else(|| format!("event {position} of that time is left out"))?;
        let at = instant(envelope["recorded_at"].as_str().unwrap_or_default())?;
        let inside = start <= at && at < end;
        if inside != (first..next).contains(&position) {
            return Err(format!("event {position} is not where the manifest says that time is"));
        }
    }
    report.proven.push(match events.range(next..).next() {
        Some(_) => format!(
            "nothing of {from} to {to} is left out: the events before and after it lie outside"
        ),
        None => format!(
            "nothing of {from} to {to} is left out up to the checkpoint, which ends within it"
        ),
    });
    if next == size {
        let last = "that nothing was recorded in that time after the checkpoint";
        report.not_proven.push(last.into());
    }
    report.not_proven.push("that the clock of the log was right".into());
    Ok(())
}

/// That the log continues an older checkpoint.
fn consistent(
    bundle: &BundleV1,
    older: &Checkpoint,
    new: &Checkpoint,
    report: &mut Report,
) -> Result<(), String> {
    let proof = bundle.consistency.iter().find(|proof| proof.size == older.size);
    let proof = match (proof, older.size == new.size) {
        (_, true) => Vec::new(),
        (Some(proof), _) => hashes(&proof.proof)?,
        (None, _) => {
            return Err(format!(
                "the bundle has no proof from {} events on; ask for one made with --since {}",
                older.size, older.size
            ));
        }
    };
    verify_consistency((older.size, &older.root), (new.size, &new.root), &proof)
        .map_err(|why| format!("against the older checkpoint of {} events: {why}", older.size))?;
    report.proven.push(continues(older.size));
    Ok(())
}
