//! What a bundle proves, and one event of it.

use serde_json::Value;

use super::EventV1;
use crate::merkle::{Hash, leaf_hash};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::hash_from_text;
use crate::tlog::proof::verify_inclusion;

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
