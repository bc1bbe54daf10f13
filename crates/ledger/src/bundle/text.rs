//! Verifying what is not a bundle: a proof file, what `prove --since` prints, or a checkpoint.

use super::trust::{self, NOBODY_CAN_TELL, Trust, believed, older};
use super::{BundleError, Report};
use crate::key::endorsed_in;
use crate::merkle::leaf_hash;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::note::{Note, VerifierKey};
use crate::tlog::proof::{verify_consistency, verify_inclusion};
use crate::tlog::tlog_proof::{self, TlogProof};
use crate::tlog::witness::AddCheckpoint;

/// Divides a proof from the way that leads to its checkpoint from an older one.
const BEHIND: &[u8] = b"\n\nold ";

/// A file, as read; nothing is verified yet.
struct Read {
    note: Note,
    proof: Option<TlogProof>,
    way: Option<AddCheckpoint>,
}

/// Verifies a proof file or a checkpoint, and that its log continues `old`, if one is given.
///
/// # Errors
/// Bytes that are neither. What is wrong with one that is, stands in the report.
pub fn verify_text(bytes: &[u8], trust: &Trust, old: Option<&[u8]>) -> Result<Report, BundleError> {
    let read = read(bytes)?;
    let mut report = Report::default();
    if let Err(why) = whole(&read, trust, old, &mut report) {
        report = Report { failed: vec![why], ..Report::default() };
    }
    Ok(report)
}

fn read(bytes: &[u8]) -> Result<Read, BundleError> {
    let at = bytes.windows(BEHIND.len()).position(|window| window == BEHIND);
    let (first, way) = match at {
        Some(at) => (&bytes[..=at], Some(&bytes[at + 2..])),
        None => (bytes, None),
    };
    let proof = match first.starts_with(tlog_proof::HEAD.as_bytes()) {
        true => Some(TlogProof::parse(first).map_err(|why| BundleError::Proof(why.to_string()))?),
        false => None,
    };
    let way = way.map(AddCheckpoint::parse).transpose();
    let way = way.map_err(|why| BundleError::Proof(why.to_string()))?;
    let note = match &proof {
        Some(proof) => proof.checkpoint.clone(),
        None => {
            let note = Note::parse(first).map_err(|why| BundleError::Other(why.to_string()))?;
            Checkpoint::parse(note.text()).map_err(|why| BundleError::Other(why.to_string()))?;
            note
        }
    };
    Ok(Read { note, proof, way })
}

fn whole(
    read: &Read,
    trust: &Trust,
    old: Option<&[u8]>,
    report: &mut Report,
) -> Result<(), String> {
    let leads = |key: &VerifierKey| endorsed_in(&read.note, key);
    let note = read.note.to_string();
    let new = believed(note.as_bytes(), trust, &leads, report)?.checkpoint;
    if let Some(proof) = &read.proof {
        included(proof, &new, report)?;
    }
    match (old, &read.way) {
        (Some(old), way) => {
            let old = older(old, &new, trust, &leads)?;
            let proof = way_from(&old, way.as_ref(), &new)?;
            verify_consistency((old.size, &old.root), (new.size, &new.root), proof)
                .map_err(|why| format!("the log does not continue the older checkpoint: {why}"))?;
            report.proven.push(trust::continues(old.size));
        }
        (None, Some(way)) => report.not_proven.push(format!(
            "that the log continues the checkpoint of {}: give that with --checkpoint",
            super::count(way.old, "event")
        )),
        (None, None) => {}
    }
    report.not_proven.push(NOBODY_CAN_TELL.into());
    Ok(())
}

/// That the entry which a proof brings stands in the log at its place.
fn included(proof: &TlogProof, new: &Checkpoint, report: &mut Report) -> Result<(), String> {
    let entry = proof.extra.as_ref().ok_or(
        "the proof does not bring its entry (the `extra` line), so there is nothing to hold against it",
    )?;
    let leaf = leaf_hash(entry);
    verify_inclusion(proof.index, new.size, &leaf, &proof.hashes, &new.root)
        .map_err(|why| why.to_string())?;
    report.events = 1;
    let at = proof.index;
    report.proven.push(format!("the entry in this file is in the log, at position {at}"));
    Ok(())
}

/// The proof that leads from the older checkpoint to the one of this file.
fn way_from<'w>(
    old: &Checkpoint,
    way: Option<&'w AddCheckpoint>,
    new: &Checkpoint,
) -> Result<&'w [crate::merkle::Hash], String> {
    match way {
        Some(way) if way.old == old.size => {
            let end = Checkpoint::parse(way.checkpoint.text()).map_err(|why| why.to_string())?;
            match (end.size, end.root) == (new.size, new.root) {
                true => Ok(&way.proof),
                false => Err("the two parts of this file are of different checkpoints".into()),
            }
        }
        _ if old.size == new.size => Ok(&[]),
        Some(way) => Err(format!(
            "this file has the proof from {} events on, and the older checkpoint has {}",
            way.old, old.size
        )),
        None => Err(
            "this file has no proof from an older checkpoint on; `audit prove --since` and bundles have one"
                .into(),
        ),
    }
}
