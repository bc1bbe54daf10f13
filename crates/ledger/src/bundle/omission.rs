//! That a bundle of tokens has all of their events: none is left out.
//!
//! What proves it is not the file's choice. The map says how many events each token had when it was
//! committed to; whatever was recorded from there on until the checkpoint must be shown, event by
//! event, so that an old commitment hides nothing.

use std::collections::BTreeMap;

use patrol_token::TokenId;
use serde_json::Value;

use super::report::{Report, hashes, proven};
use super::{BundleV1, TokenV1};
use crate::counted;
use crate::merkle::Hash;
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::hash_from_text;
use crate::tlog::map::{Latest, MapProof};

/// A commitment to every token, as it stands in the log.
struct Commitment {
    /// Of how many events it is.
    of: u64,
    root: Hash,
}

/// That nothing of any token in the bundle is left out. `events` are those of the bundle, proven.
///
/// # Errors
/// In words, what is left out, or why that cannot be told.
pub(super) fn nothing_left_out(
    bundle: &BundleV1,
    events: &BTreeMap<u64, Value>,
    checkpoint: &Checkpoint,
    report: &mut Report,
) -> Result<(), String> {
    let map = bundle.map.as_ref().filter(|_| !bundle.tokens.is_empty()).ok_or(
        "the bundle has no commitment to its tokens: nothing shows that none of their events is left out",
    )?;
    let mut all = events.clone();
    all.insert(map.position, proven(map, checkpoint.size, &checkpoint.root)?);
    for event in &bundle.after {
        all.insert(event.position, proven(event, checkpoint.size, &checkpoint.root)?);
    }
    let Commitment { of, root } = commitment(map.position, &all[&map.position])?;
    if let Some(missing) = (of..checkpoint.size).find(|position| !all.contains_key(position)) {
        return Err(format!(
            "the commitment to the tokens is of the first {of} events, and event {missing} is not shown: \
             something may be left out"
        ));
    }
    let mut proofs = BTreeMap::new();
    for token in &bundle.tokens {
        let id = token.id.parse::<TokenId>();
        let id = id.map_err(|_| "a token's proof names no token".to_owned())?;
        proofs.insert(format!("token:{id}"), (id, latest(token, id, &root)?));
    }
    for (position, envelope) in events {
        let stream = envelope["stream"].as_str().unwrap_or_default();
        if stream.starts_with("token:") && !proofs.contains_key(stream) {
            return Err(format!(
                "event {position} is of {stream}, and nothing shows that none of its events is left out"
            ));
        }
    }
    let mut found: BTreeMap<&str, Vec<(u64, u64)>> = BTreeMap::new();
    for (position, envelope) in &all {
        if let Some(stream) = envelope["stream"].as_str()
            && let Some(version) = envelope["version"].as_u64()
        {
            found.entry(stream).or_default().push((*position, version));
        }
    }
    for (stream, (id, latest)) in &proofs {
        let found = found.get(stream.as_str()).map_or(&[][..], Vec::as_slice);
        whole(*id, *latest, found, of)?;
        let size = checkpoint.size;
        report.proven.push(match found.len() {
            0 => format!("the log of {} knows no token {id}", counted(size, "event")),
            1 => format!(
                "nothing of token {id} is left out: its only event in the log of {size} is here"
            ),
            count => format!(
                "nothing of token {id} is left out: all its {count} events in the log of {size} are here"
            ),
        });
    }
    Ok(())
}

/// That a token has just these events (position and version): up to the commitment as it says, and
/// from there on without a gap.
fn whole(id: TokenId, latest: Option<Latest>, found: &[(u64, u64)], of: u64) -> Result<(), String> {
    let before = found.partition_point(|(position, _)| *position < of);
    let last = found[..before].last().map(|(position, _)| *position);
    let (count, end) = latest.map_or((0, None), |it| (it.count, Some(it.last)));
    let gapless = found.iter().map(|(_, version)| *version).eq(1..=found.len() as u64);
    if gapless && (before as u64, last) == (count, end) {
        return Ok(());
    }
    Err(match end {
        Some(end) => format!(
            "token {id} has {count} events before position {of}, the last at {end}; the bundle has \
             {before} of them: something is left out"
        ),
        None => format!("the log says that it knows no token {id} before position {of}"),
    })
}

/// What an event of the log says of all tokens.
fn commitment(position: u64, envelope: &Value) -> Result<Commitment, String> {
    let data = &envelope["data"];
    let of = data["size"].as_u64().filter(|of| *of <= position);
    let mut root = [0; 32];
    let read = hex::decode_to_slice(data["root"].as_str().unwrap_or_default(), &mut root);
    match (of, read) {
        (Some(of), Ok(())) if envelope["type"] == "ledger.map_committed" => {
            Ok(Commitment { of, root })
        }
        _ => Err(format!("event {position} is not a commitment to the tokens")),
    }
}

fn latest(token: &TokenV1, id: TokenId, root: &Hash) -> Result<Option<Latest>, String> {
    let end = token.end.as_ref().map(|leaf| {
        let latest = Latest { count: leaf.count, last: leaf.last };
        hash_from_text(&leaf.key).map(|key| (key, latest))
    });
    let unread = || format!("the proof of token {id} cannot be read");
    let end = match end {
        None => None,
        Some(read) => Some(read.ok_or_else(unread)?),
    };
    let proof = MapProof { siblings: hashes(&token.siblings)?, end };
    proof
        .verify(id, root)
        .ok_or_else(|| format!("the proof of token {id} does not lead to the log's commitment"))
}
