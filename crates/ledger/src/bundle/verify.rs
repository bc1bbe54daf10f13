//! Verifying a bundle: pure, offline, from the bytes and whom the verifier believes.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::{BundleV1, EventV1, SCHEMA, SelectionV1, omission};
use crate::event::KeyRotated;
use crate::key::is_endorsed;
use crate::merkle::{Hash, leaf_hash};
use crate::time::Timestamp;
use crate::tlog::checkpoint::{Checkpoint, Signed};
use crate::tlog::hash_from_text;
use crate::tlog::note::{Note, VerifierKey};
use crate::tlog::policy::Policy;
use crate::tlog::proof::{verify_consistency, verify_inclusion};

/// Whom the verifier believes.
#[derive(Clone, Debug)]
pub enum Trust {
    /// The log whose key this is, or a later one that it endorsed.
    Key(VerifierKey),
    /// What a policy says: a log, and witnesses.
    Policy(Policy),
}

/// What verifying found, in plain words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The checkpoint, if it is believed.
    pub checkpoint: Option<Checkpoint>,
    /// What was proven.
    pub proven: Vec<String>,
    /// What nobody can tell from this.
    pub not_proven: Vec<String>,
    /// What does not hold. If anything stands here, nothing above counts.
    pub failed: Vec<String>,
    /// Events proven.
    pub events: u64,
}

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
        None => return Err(BundleError::Json("it names no schema".into())),
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
    let signed = believed(bundle, trust, report)?;
    holds(bundle, &signed, report)?;
    match old {
        Some(old) => consistent(bundle, old, &signed.checkpoint, trust, report)?,
        None => report.not_proven.push(
            "that the log was not rewritten since an earlier checkpoint: give one with --checkpoint"
                .into(),
        ),
    }
    report.not_proven.push(
        "that this is the log's newest checkpoint, and that what the events say is true".into(),
    );
    Ok(())
}

/// That a bundle proves what it is said to prove, under a checkpoint that is believed.
pub(super) fn holds(bundle: &BundleV1, signed: &Signed, report: &mut Report) -> Result<(), String> {
    let Checkpoint { origin, size, root, .. } = &signed.checkpoint;
    report.checkpoint = Some(signed.checkpoint.clone());
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
        report.proven.push(format!(
            "{} events are in the log {origin}, at the positions they name, byte for byte as they stand here",
            events.len()
        ));
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

/// The checkpoint, if the verifier believes it.
fn believed(bundle: &BundleV1, trust: &Trust, report: &mut Report) -> Result<Signed, String> {
    let note = bundle.checkpoint.as_bytes();
    match trust {
        Trust::Policy(policy) => {
            let accepted = policy.accept(note).map_err(|why| format!("the checkpoint: {why}"))?;
            let by = match accepted.witnesses.is_empty() {
                true => "no witness was asked for".into(),
                false => format!("cosigned by {}", accepted.witnesses.join(", ")),
            };
            report.proven.push(format!("the checkpoint is one that the policy accepts; {by}"));
            Ok(accepted.signed)
        }
        Trust::Key(first) => {
            let signer = signer(bundle, first);
            let signed =
                Checkpoint::open(note, &signer).map_err(|why| format!("the checkpoint: {why}"))?;
            let by = match signer == *first {
                true => "by the key given".to_owned(),
                false => format!("by {signer}, which the key given endorsed"),
            };
            report.proven.push(format!(
                "the log {} committed to {} events; signed {by}",
                signed.checkpoint.origin, signed.checkpoint.size
            ));
            report
                .not_proven
                .push("that others were shown the same log: only witnesses tell (--policy)".into());
            Ok(signed)
        }
    }
}

/// The key that should have signed: the one given, or the last of those endorsed one after another
/// from it on that the checkpoint names.
fn signer(bundle: &BundleV1, first: &VerifierKey) -> VerifierKey {
    let Ok(note) = Note::parse(bundle.checkpoint.as_bytes()) else { return first.clone() };
    let signed = |key: &VerifierKey| note.signatures().iter().any(|line| key.is_of(line));
    endorsed(bundle, first).into_iter().find(signed).unwrap_or_else(|| first.clone())
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

/// The hashes of a proof.
pub(super) fn hashes(texts: &[String]) -> Result<Vec<Hash>, String> {
    let hash = |text: &String| hash_from_text(text).ok_or("a line of a proof is not a hash");
    Ok(texts.iter().map(hash).collect::<Result<_, _>>()?)
}

/// An event that is in the log at its place: what its envelope says.
pub(super) fn proven(event: &EventV1, size: u64, root: &Hash) -> Result<Value, String> {
    let (position, leaf) = (event.position, leaf_hash(event.envelope.as_bytes()));
    verify_inclusion(position, size, &leaf, &hashes(&event.proof)?, root)
        .map_err(|why| format!("event {position}: {why}"))?;
    let envelope: Value = serde_json::from_str(&event.envelope)
        .map_err(|why| format!("event {position} is not an envelope: {why}"))?;
    match envelope["position"].as_u64() == Some(position) {
        true => Ok(envelope),
        false => Err(format!("event {position} says that it stands elsewhere")),
    }
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
    old: &[u8],
    new: &Checkpoint,
    trust: &Trust,
    report: &mut Report,
) -> Result<(), String> {
    let keys: Vec<_> = match trust {
        Trust::Key(key) => endorsed(bundle, key),
        Trust::Policy(policy) => {
            policy.logs.iter().flat_map(|log| endorsed(bundle, &log.key)).collect()
        }
    };
    let opened = Note::parse(old).map_err(|why| why.to_string()).and_then(|note| {
        Ok((Checkpoint::parse(note.text()).map_err(|why| why.to_string())?, note))
    });
    let (older, note) = opened.map_err(|why| format!("the older checkpoint: {why}"))?;
    if older.origin != new.origin {
        return Err(format!(
            "the older checkpoint is of the log {}, the bundle of {}",
            older.origin, new.origin
        ));
    }
    note.verify(&keys).map_err(|why| format!("the older checkpoint: {why}"))?;
    let proof = bundle.consistency.iter().find(|proof| proof.size == older.size);
    let proof = match (proof, older.size == new.size) {
        (_, true) => Vec::new(),
        (Some(proof), _) => hashes(&proof.proof)?,
        (None, _) if older.size > new.size => {
            return Err(format!(
                "the older checkpoint has {} events, the bundle's {}: the log was cut, or they are the wrong way round",
                older.size, new.size
            ));
        }
        (None, _) => {
            return Err(format!(
                "the bundle has no proof from {} events on; ask for one made with --since {}",
                older.size, older.size
            ));
        }
    };
    verify_consistency((older.size, &older.root), (new.size, &new.root), &proof)
        .map_err(|why| format!("against the older checkpoint of {} events: {why}", older.size))?;
    report.proven.push(format!(
        "the first {} events are those that the older checkpoint committed to",
        older.size
    ));
    Ok(())
}
