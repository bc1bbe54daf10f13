//! Making a bundle, from one snapshot of the ledger.

use std::cell::Cell;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use patrol_token::TokenId;

use super::{
    BundleV1, ConsistencyV1, EventV1, KeyV1, LeafV1, MAX_LEN, ManifestV1, Report, SCHEMA,
    SelectionV1, TokenV1, verify,
};
use crate::event::{Event, Kind, Stream};
use crate::project::StoreError;
use crate::store::sqlite::Reader;
use crate::time::Timestamp;
use crate::tlog::checkpoint::Signed;
use crate::tlog::hash_text;

/// Older checkpoints from which a bundle proves consistency: the latest so many that were kept.
const CHECKPOINTS_MAX: usize = 1000;

/// What to put in a bundle.
#[derive(Clone, Debug)]
pub enum Selection {
    /// All events of one token.
    Token(TokenId),
    /// All events of these tokens: those of one owner.
    Owner(Vec<TokenId>),
    /// All events recorded from one instant until before another.
    Time(Timestamp, Timestamp),
}

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// It would be larger than what is read.
    #[error("the bundle would be larger than {max} bytes, and no verifier reads more")]
    TooLarge {
        /// The bound.
        max: u64,
    },
    /// The ledger cannot be read, or does not prove what was asked for.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes the bundle of a selection, proven under a checkpoint of this ledger, as JSON. `since`:
/// further sizes of older checkpoints to prove consistency from.
///
/// # Errors
/// When the ledger cannot be read, or the bundle would be larger than [`MAX_LEN`].
pub fn make(
    reader: &Reader,
    signed: &Signed,
    selection: &Selection,
    since: &[u64],
) -> Result<String, MakeError> {
    make_within(reader, signed, selection, since, MAX_LEN)
}

/// As [`make`], of at most `max` bytes: for a reader that takes less.
///
/// # Errors
/// As [`make`].
pub fn make_within(
    reader: &Reader,
    signed: &Signed,
    selection: &Selection,
    since: &[u64],
    max: u64,
) -> Result<String, MakeError> {
    let room = Room { max, left: Cell::new(max) };
    reader.snapshot(|reader| Ok(text(reader, signed, selection, since, &room)))?
}

/// The bound, kept while the bundle grows: what is too large is noticed before it is in memory.
struct Room {
    max: u64,
    left: Cell<u64>,
}

impl Room {
    fn too_large(&self) -> MakeError {
        MakeError::TooLarge { max: self.max }
    }

    /// Takes room for something of at least this many bytes.
    fn take(&self, bytes: u64) -> Result<(), MakeError> {
        let left = self.left.get().checked_sub(bytes).ok_or_else(|| self.too_large())?;
        self.left.set(left);
        Ok(())
    }
}

/// No event is written in fewer bytes: its envelope has eleven members and an id.
const EVENT_MIN: u64 = 300;

fn text(
    reader: &Reader,
    signed: &Signed,
    selection: &Selection,
    since: &[u64],
    room: &Room,
) -> Result<String, MakeError> {
    let size = signed.checkpoint.size;
    let (selection, tokens, positions) = select(reader, selection, size, room)?;
    let proven = |position| event(reader, position, size, room);
    let map = match tokens.is_empty() {
        true => None,
        false => last_map(reader, size)?,
    };
    let mut proofs = Vec::new();
    if let Some((_, of)) = map {
        let mut map = reader.token_map(of)?;
        for id in &tokens {
            let proof = map.prove(*id);
            proofs.push(TokenV1 {
                id: id.to_string(),
                siblings: proof.siblings.iter().map(hash_text).collect(),
                end: proof.end.map(|(key, latest)| LeafV1 {
                    key: hash_text(&key),
                    count: latest.count,
                    last: latest.last,
                }),
            });
        }
    }
    let mut sizes: BTreeSet<u64> = reader.checkpoint_sizes(CHECKPOINTS_MAX)?.into_iter().collect();
    sizes.extend(since);
    let mut consistency = Vec::new();
    for old in sizes.into_iter().filter(|old| (1..=size).contains(old)) {
        let proof = reader.consistency(old, size)?.unwrap_or_default();
        let proof = proof.iter().map(hash_text).collect();
        consistency.push(ConsistencyV1 { size: old, proof });
    }
    let events = positions.iter().map(|at| proven(*at)).collect::<Result<Vec<_>, _>>()?;
    let mut after = Vec::new();
    if let Some((position, of)) = map {
        let elsewhere = |at: &u64| *at != position && positions.binary_search(at).is_err();
        after = (of..size).filter(elsewhere).map(proven).collect::<Result<Vec<_>, _>>()?;
    }
    let bundle = BundleV1 {
        schema: SCHEMA.into(),
        manifest: ManifestV1 {
            origin: signed.checkpoint.origin.clone(),
            size,
            root: hash_text(&signed.checkpoint.root),
            selection,
            events: events.len() as u64,
        },
        checkpoint: signed.note.to_string(),
        keys: keys(reader)?,
        consistency,
        map: map.map(|(position, _)| proven(position)).transpose()?,
        tokens: proofs,
        events,
        after,
    };
    let mut report = Report::default();
    if let Err(why) = verify::holds(&bundle, signed, &mut report) {
        // Rows, bytes and tree disagree: nobody is given what does not verify.
        let why = format!("what is stored does not prove what was asked for ({why}); run check");
        return Err(StoreError::Damaged(why).into());
    }
    let text = serde_json::to_string_pretty(&bundle)
        .map_err(|error| StoreError::Other(format!("the bundle cannot be written: {error}")))?;
    match text.len() as u64 + 1 > room.max {
        true => Err(room.too_large()),
        false => Ok(text + "\n"),
    }
}

/// What is asked for, which whole tokens that means, and where the events stand.
fn select(
    reader: &Reader,
    selection: &Selection,
    size: u64,
    room: &Room,
) -> Result<(SelectionV1, Vec<TokenId>, Vec<u64>), MakeError> {
    let fits = |events: u64| match events.saturating_mul(EVENT_MIN) > room.max {
        true => Err(room.too_large()),
        false => Ok(()),
    };
    let of = |ids: &[TokenId]| {
        let mut positions = Vec::new();
        for id in ids {
            positions.extend(reader.positions_of(Stream::Token(*id), size)?);
            fits(positions.len() as u64)?;
        }
        positions.sort_unstable();
        Ok::<_, MakeError>((ids.to_vec(), positions))
    };
    Ok(match selection {
        Selection::Token(id) => {
            let (tokens, positions) = of(&[*id])?;
            (SelectionV1::Token(id.to_string()), tokens, positions)
        }
        Selection::Owner(ids) => {
            let (tokens, positions) = of(ids)?;
            (SelectionV1::Owner, tokens, positions)
        }
        Selection::Time(from, to) => {
            let (first, next) = (reader.first_from(*from, size)?, reader.first_from(*to, size)?);
            let next = next.max(first);
            fits(next - first)?;
            let span =
                SelectionV1::Time { from: from.to_string(), to: to.to_string(), first, next };
            // Its neighbours too: they show that nothing else was recorded in that time.
            (span, vec![], (first.saturating_sub(1)..(next + 1).min(size)).collect())
        }
    })
}

fn event(reader: &Reader, position: u64, size: u64, room: &Room) -> Result<EventV1, MakeError> {
    let bytes = reader.envelope_at(position)?;
    room.take(bytes.len() as u64)?;
    let envelope = String::from_utf8(bytes)
        .map_err(|_| StoreError::Damaged(format!("event {position} is not UTF-8; run check")))?;
    let proof = reader.inclusion(position, size)?.unwrap_or_default();
    room.take(proof.len() as u64 * 44)?;
    Ok(EventV1 { position, envelope, proof: proof.iter().map(hash_text).collect() })
}

/// The last commitment to the tokens before `size`: where it stands, and of how many events it is.
fn last_map(reader: &Reader, size: u64) -> Result<Option<(u64, u64)>, StoreError> {
    let maps = reader.of_ledger(Kind::MapCommitted)?;
    Ok(maps.into_iter().rev().find(|recorded| recorded.position < size).and_then(|recorded| {
        match recorded.event {
            Event::MapCommitted(map) => Some((recorded.position, map.size)),
            _ => None,
        }
    }))
}

/// The log's keys, oldest first.
fn keys(reader: &Reader) -> Result<Vec<KeyV1>, StoreError> {
    let mut keys = Vec::new();
    if let Event::LedgerOpened(opened) = reader.event_at(0)?.event {
        keys.push(KeyV1 { verifier_key: opened.verifier_key, endorsement: None });
    }
    for recorded in reader.of_ledger(Kind::KeyRotated)? {
        if let Event::KeyRotated(rotated) = recorded.event {
            let endorsement = Some(BASE64.encode(rotated.endorsement));
            keys.push(KeyV1 { verifier_key: rotated.verifier_key, endorsement });
        }
    }
    Ok(keys)
}
