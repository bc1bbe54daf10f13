//! The commitment to every token's latest version, as the signer records it.
//!
//! The columns beside the envelopes say quickly what every stream has, and no hash covers them. So
//! they are believed only as far as the last commitment under a signed checkpoint says the same;
//! from there on the envelopes themselves are read, which the signed root covers.

use super::{By, SignError, Standing, standing};
use crate::command::Command;
use crate::envelope::{Detail, decode};
use crate::event::{Event, Kind, MapCommitted};
use crate::ledger::Ledger;
use crate::merkle::leaf_hash;
use crate::store::sqlite::{Reader, ledger_id};
use crate::tlog::checkpoint::Signed;
use crate::tlog::map::{Latest, TokenMap};
use crate::tlog::proof::{self, verify_inclusion};

impl Ledger {
    /// Records the commitment to every token's latest version, unless it is the last thing that
    /// the log says. What others record meanwhile is not in it: making it takes a while in a large
    /// log, so it is brought up to date just before. Bundles show what is still between.
    pub(super) fn commit_map(&self, by: &By) -> Result<(), SignError> {
        let reader = self.reader()?;
        let size = || reader.head().map(|head| head.tree.size());
        let mut of = size()?;
        if let Some(last) = of.checked_sub(1)
            && matches!(reader.event_at(last)?.event, Event::MapCommitted(_))
        {
            return Ok(());
        }
        let mut map = reader.snapshot(|reader| Ok(committed(reader, of)))??;
        let now = size()?.max(of);
        follow(&reader, &mut map, of, now)?;
        of = now;
        let map = MapCommitted { size: of, tokens: map.len(), root: map.root() };
        self.submit(by.request(Command::CommitMap(map)))?;
        Ok(())
    }
}

/// Every token's latest version as the first `size` events leave it.
fn committed(reader: &Reader, size: u64) -> Result<TokenMap, SignError> {
    let base = match standing(reader)? {
        Standing::Continues(Some(last)) => last_under(reader, &last)?,
        Standing::Continues(None) | Standing::Accepted => None,
        Standing::Behind(error) => return Err(error.into()),
    };
    let (from, mut map) = match base {
        None => (0, TokenMap::default()),
        Some(known) => {
            let mut map = reader.token_map(known.size)?;
            if (map.len(), map.root()) != (known.tokens, known.root) {
                return Err(SignError::MapDiffers { size: known.size });
            }
            (known.size, map)
        }
    };
    follow(reader, &mut map, from, size)?;
    Ok(map)
}

/// The last commitment under a checkpoint that was signed, proven by it.
fn last_under(reader: &Reader, last: &Signed) -> Result<Option<MapCommitted>, SignError> {
    let (size, root) = (last.checkpoint.size, last.checkpoint.root);
    let maps = reader.of_ledger(Kind::MapCommitted)?;
    let Some(found) = maps.into_iter().rev().find(|recorded| recorded.position < size) else {
        return Ok(None);
    };
    let leaf = leaf_hash(&reader.envelope_at(found.position)?);
    let proof = reader.inclusion(found.position, size)?.unwrap_or_default();
    match (found.event, verify_inclusion(found.position, size, &leaf, &proof, &root)) {
        (Event::MapCommitted(map), Ok(())) => Ok(Some(map)),
        _ => Err(SignError::MapDiffers { size }),
    }
}

/// Brings a map of the first `from` events forward to the first `to`, from the stored bytes, which
/// must be those of the stored tree: nothing is recorded of a log that cannot be signed.
fn follow(reader: &Reader, map: &mut TokenMap, from: u64, to: u64) -> Result<(), SignError> {
    let ledger = ledger_id(reader.db())?;
    let mut tree = proof::frontier(&mut reader.tree(), from)?;
    reader.each_envelope(from, to, |position, envelope| {
        tree.push(leaf_hash(envelope));
        let recorded = decode(position, envelope, ledger, &|_| None, Detail::Rows)?.recorded;
        if let Some(id) = recorded.stream.token() {
            map.put(id, Latest { count: recorded.version, last: position });
        }
        Ok(())
    })?;
    match reader.root_at(to)? == tree.root() {
        true => Ok(()),
        false => Err(SignError::RootsDiffer { size: to }),
    }
}
