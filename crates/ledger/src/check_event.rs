//! What of an event can be checked by itself, on any thread: its hash, its bytes, the columns beside
//! them, the texts sealed in it.

use std::borrow::Cow;

use patrol_token::TokenId;
use rusqlite::Row;
use ulid::Ulid;

use crate::envelope::{Decoded, Detail, decode};
use crate::event::{Event, Recorded, Stream};
use crate::merkle::{Hash, leaf_hash};
use crate::person::{PersonId, Personal};
use crate::store::sqlite::Persons;
use crate::store::sqlite::indexes::Entries;

/// The columns that [`Seen::of`] reads.
pub(crate) const COLUMNS: &str = "position, envelope, stream, version, type, recorded_at, leaf";

/// An event that was looked at.
pub(crate) struct Seen {
    /// Its position.
    pub(crate) position: i64,
    /// The hash of the stored bytes.
    pub(crate) leaf: Hash,
    /// What they say; `None` if they cannot be read.
    pub(crate) decoded: Option<Decoded>,
    /// The hash of its entry in the index of events.
    pub(crate) entry: u64,
    /// What does not hold.
    pub(crate) problems: Vec<String>,
}

impl Seen {
    /// Looks at a row.
    pub(crate) fn of(
        row: &Row<'_>,
        ledger: Option<Ulid>,
        persons: &Persons,
        entries: &Entries,
    ) -> rusqlite::Result<Self> {
        let (position, envelope) = (row.get::<_, i64>(0)?, row.get_ref(1)?.as_blob()?);
        let key = |id: PersonId| persons.key(id).map(Cow::Borrowed);
        let entry = entries.hash(&[row.get_ref(2)?, row.get_ref(3)?], position);
        let mut problems = Vec::new();
        let leaf = leaf_hash(envelope);
        if row.get_ref(6)?.as_blob()? != leaf {
            problems.push("the stored leaf is not the hash of the stored bytes".into());
        }
        let decoded = decode(position.cast_unsigned(), envelope, ledger, &key, Detail::Full);
        let mut decoded = match decoded {
            Ok(decoded) => decoded,
            Err(error) => {
                problems.push(error.why);
                return Ok(Self { position, leaf, decoded: None, entry, problems });
            }
        };
        let recorded = &mut decoded.recorded;
        if columns_differ(row, recorded)? {
            problems.push("the columns beside the envelope say something else".into());
        }
        for (who, personal) in named(recorded) {
            let name = || persons.known.get(&personal.person).map(|known| &known.name);
            if personal.text.as_ref().is_some_and(|text| name() != Some(text)) {
                problems.push(format!("the {who} is kept under another name"));
            }
        }
        // Rows do not hold it.
        recorded.actor.name.text = None;
        Ok(Self { position, leaf, decoded: Some(decoded), entry, problems })
    }
}

/// The texts of an event that are a person's own name.
fn named(recorded: &Recorded) -> impl Iterator<Item = (&'static str, &Personal)> {
    let other = match &recorded.event {
        Event::TokenIssued(issued) => Some(("owner", &issued.owner)),
        Event::TokenImported(imported) => Some(("owner", &imported.owner)),
        Event::ScanBypassed(it) => Some(("pusher", &it.pusher)),
        Event::TokenLeaked(sighting) => sighting.author.as_ref().map(|author| ("author", author)),
        _ => None,
    };
    std::iter::once(("actor", &recorded.actor.name)).chain(other)
}

fn columns_differ(row: &Row<'_>, recorded: &Recorded) -> rusqlite::Result<bool> {
    let stream = row.get_ref(2)?.as_str()?;
    let is_stream = match recorded.stream {
        // A token's id is written in one way only.
        Stream::Token(id) => stream
            .strip_prefix("token:")
            .is_some_and(|text| TokenId::parse(text.as_bytes()) == Ok(id)),
        other => stream == other.to_string(),
    };
    Ok(!is_stream
        || row.get::<_, i64>(3)?.cast_unsigned() != recorded.version
        || row.get_ref(4)?.as_str()? != recorded.event.kind().as_str()
        || row.get::<_, i64>(5)? != recorded.recorded_at.as_micros())
}
