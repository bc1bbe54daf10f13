//! Envelope version 1: UTF-8 JSON, members in this order, no floats, at most 65,535 bytes.
//!
//! ```json
//! {"envelope":1,"position":1,"id":"01…","stream":"token:01…","version":1,"type":"token.issued",
//!  "schema":1,"recorded_at":"2026-11-22T08:00:00.000000Z",
//!  "actor":{"name":{"person":"9f…","sealed":"…"},"via":"cli","uid":1000},
//!  "cause":null,"persons":[{"person":"9f…","commitment":"5e…"}],"data":{…}}
//! ```
//!
//! `persons` lists those of whom this is the first event, with the commitment to their key. A
//! sealed text is base64 (no padding) of nonce and XChaCha20-Poly1305 ciphertext; its associated
//! data is ledger id, event id and the field's name, joined by line feeds.

use std::borrow::Cow;

use patrol_token::{Entropy, EntropyError};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use ulid::Ulid;

use super::{data_v1, frozen};
use crate::event::{Actor, Cause, Event, Kind, Recorded, Stream, Via};
use crate::evolve::Impossible;
use crate::person::{PersonId, PersonKey, Personal};
use crate::seal::{self, NONCE_LEN, Place};
use crate::time::Timestamp;

/// The longest envelope, in bytes: what an entry bundle's 16-bit length can say (C2SP tlog-tiles).
pub const MAX_LEN: usize = 65_535;

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(deny_unknown_fields, bound(deserialize = "D: Deserialize<'de>"))]
pub(super) struct EnvelopeV1<'a, D> {
    pub(super) envelope: u8,
    pub(super) position: u64,
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) stream: Cow<'a, str>,
    pub(super) version: u64,
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    pub(super) schema: u32,
    #[serde(borrow)]
    pub(super) recorded_at: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) actor: ActorV1<'a>,
    pub(super) cause: Option<CauseV1>,
    #[serde(borrow)]
    pub(super) persons: Vec<PersonV1<'a>>,
    /// Read borrowed, written owned.
    pub(super) data: D,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(deny_unknown_fields)]
pub(super) struct ActorV1<'a> {
    #[serde(borrow)]
    pub(super) name: SealedV1<'a>,
    #[serde(borrow)]
    pub(super) via: Cow<'a, str>,
    pub(super) uid: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(deny_unknown_fields)]
pub(super) struct CauseV1 {
    kind: String,
    id: String,
    key_hash: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(deny_unknown_fields)]
pub(super) struct PersonV1<'a> {
    #[serde(borrow)]
    pub(super) person: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) commitment: Cow<'a, str>,
}

/// A text about a person: `null` where it was forgotten before this event was written.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(deny_unknown_fields)]
pub(super) struct SealedV1<'a> {
    #[serde(borrow)]
    pub(super) person: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) sealed: Option<Cow<'a, str>>,
}

/// Why an event cannot be written as an envelope.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Over [`MAX_LEN`].
    #[error("the event would have {0} bytes; the log takes at most {MAX_LEN}")]
    TooLarge(usize),
    /// A person's key is not at hand.
    #[error("the key of person {0} is not at hand")]
    NoKey(PersonId),
    /// No nonces.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// A value that JSON cannot hold.
    #[error("the event cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// What sealing needs.
pub(super) struct Sealer<'a> {
    place: Place,
    keys: &'a dyn Fn(PersonId) -> Option<PersonKey>,
    entropy: &'a dyn Entropy,
}

impl Sealer<'_> {
    /// Seals a text under the key of the person it speaks of.
    pub(super) fn seal(
        &self,
        field: &str,
        personal: &Personal,
    ) -> Result<SealedV1<'static>, EnvelopeError> {
        let sealed = match &personal.text {
            None => None,
            Some(text) => {
                let key =
                    (self.keys)(personal.person).ok_or(EnvelopeError::NoKey(personal.person))?;
                let mut nonce = [0; NONCE_LEN];
                self.entropy.fill(&mut nonce)?;
                let sealed = seal::seal(&key, (&self.place, field), nonce, text);
                Some(sealed.ok_or(EnvelopeError::TooLarge(text.len()))?.into())
            }
        };
        Ok(SealedV1 { person: personal.person.to_string().into(), sealed })
    }
}

/// Writes an event's envelope. `introduces` are the persons of whom this is the first event, with
/// the commitment to their key.
///
/// # Errors
/// An event too large for the log, or a key or randomness that is not to be had.
pub fn encode(
    recorded: &Recorded,
    ledger: Ulid,
    introduces: &[(PersonId, [u8; 32])],
    keys: &dyn Fn(PersonId) -> Option<PersonKey>,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, EnvelopeError> {
    let sealer = Sealer { place: Place::new(ledger, recorded.id), keys, entropy };
    let data = data_v1::encode(&recorded.event, &sealer)?;
    let envelope = EnvelopeV1 {
        envelope: 1,
        position: recorded.position,
        id: recorded.id.to_string().into(),
        stream: recorded.stream.to_string().into(),
        version: recorded.version,
        kind: recorded.event.kind().as_str().into(),
        schema: 1,
        recorded_at: recorded.recorded_at.to_string().into(),
        actor: ActorV1 {
            name: sealer.seal("actor", &recorded.actor.name)?,
            via: recorded.actor.via.as_str().into(),
            uid: recorded.actor.uid,
        },
        cause: recorded.cause.as_ref().map(|cause| CauseV1 {
            kind: cause.kind.clone(),
            id: cause.id.clone(),
            key_hash: cause.key_hash.map(hex::encode),
        }),
        persons: introduces
            .iter()
            .map(|(person, commitment)| PersonV1 {
                person: person.to_string().into(),
                commitment: hex::encode(commitment).into(),
            })
            .collect(),
        data,
    };
    let bytes = serde_json::to_vec(&envelope)?;
    if bytes.len() > MAX_LEN {
        return Err(EnvelopeError::TooLarge(bytes.len()));
    }
    Ok(bytes)
}

/// How much of an envelope is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Every text whose key exists.
    Full,
    /// Only what rows hold: owners, names, descriptions. A rebuild opens no comment and no actor.
    Rows,
}

/// An envelope as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The event with its place in the log.
    pub recorded: Recorded,
    /// The persons of whom this is the first event, with the commitment to their key.
    pub introduces: Vec<(PersonId, [u8; 32])>,
}

/// Where a reader finds the keys of persons. Lent where they are at hand: a log is opened by the
/// million, and a key is wiped whenever a copy of it is let go.
pub type Keys<'k> = dyn Fn(PersonId) -> Option<Cow<'k, PersonKey>> + 'k;

/// What opening needs.
pub(super) struct Opener<'a, 'k> {
    place: Place,
    keys: &'a Keys<'k>,
    detail: Detail,
}

impl Opener<'_, '_> {
    /// Opens a text that rows hold.
    pub(super) fn row(&self, field: &str, sealed: &SealedV1<'_>) -> Result<Personal, String> {
        let person: PersonId =
            sealed.person.parse().map_err(|_| format!("{field}: not a person's id"))?;
        let Some((text, key)) = sealed.sealed.as_deref().zip((self.keys)(person)) else {
            return Ok(Personal { person, text: None });
        };
        match seal::open(&key, (&self.place, field), text) {
            Some(text) => Ok(Personal { person, text: Some(text) }),
            None => Err(format!("{field}: the sealed text does not open with the person's key")),
        }
    }

    /// Opens a text that only a full reading shows.
    pub(super) fn aside(&self, field: &str, sealed: &SealedV1<'_>) -> Result<Personal, String> {
        match self.detail {
            Detail::Full => self.row(field, sealed),
            Detail::Rows => {
                let person = sealed.person.parse();
                let person = person.map_err(|_| format!("{field}: not a person's id"))?;
                Ok(Personal { person, text: None })
            }
        }
    }
}

/// Reads the envelope at `position`. `ledger` is the ledger's id, which event 0 itself tells.
///
/// # Errors
/// Bytes that are not an envelope of a version and type known here, or a sealed text that does
/// not open though its key exists.
pub fn decode(
    position: u64,
    bytes: &[u8],
    ledger: Option<Ulid>,
    keys: &Keys<'_>,
    detail: Detail,
) -> Result<Decoded, Impossible> {
    read(bytes, ledger, keys, detail).map_err(|why| Impossible::new(position, why)).and_then(
        |decoded| match decoded.recorded.position == position {
            true => Ok(decoded),
            false => Err(Impossible::new(
                position,
                format!("the envelope says position {}", decoded.recorded.position),
            )),
        },
    )
}

fn read(
    bytes: &[u8],
    ledger: Option<Ulid>,
    keys: &Keys<'_>,
    detail: Detail,
) -> Result<Decoded, String> {
    // What the exact reader takes and does not hold after all, the general one judges.
    if let Some(envelope) = frozen::envelope(bytes)
        && let data = envelope.data
        && let Ok(decoded) = interpret(envelope, data, ledger, keys, detail)
    {
        return Ok(decoded);
    }
    let envelope: EnvelopeV1<'_, &RawValue> =
        serde_json::from_slice(bytes).map_err(|e| format!("not an envelope of version 1: {e}"))?;
    let data = envelope.data.get();
    interpret(envelope, data, ledger, keys, detail)
}

/// What an envelope says, whoever read it.
fn interpret<D>(
    envelope: EnvelopeV1<'_, D>,
    data: &str,
    ledger: Option<Ulid>,
    keys: &Keys<'_>,
    detail: Detail,
) -> Result<Decoded, String> {
    if (envelope.envelope, envelope.schema) != (1, 1) {
        return Err(format!(
            "envelope version {}, schema {}; this program knows 1 and 1",
            envelope.envelope, envelope.schema
        ));
    }
    let kind: Kind = envelope
        .kind
        .parse()
        .map_err(|_| format!("an event of type {:?}, unknown to this program", envelope.kind))?;
    let id = Ulid::from_string(&envelope.id).map_err(fault("the event's id"))?;
    let ledger = match kind {
        Kind::LedgerOpened => data_v1::ledger_of(data)?,
        _ => ledger.ok_or("the ledger was never opened")?,
    };
    let opener = Opener { place: Place::new(ledger, id), keys, detail };
    let event: Event = data_v1::decode(kind, data, &opener)?;
    let stream: Stream = envelope.stream.parse().map_err(fault("the stream"))?;
    let recorded = Recorded {
        position: envelope.position,
        id,
        stream,
        version: envelope.version,
        recorded_at: envelope.recorded_at.parse::<Timestamp>().map_err(fault("recorded_at"))?,
        actor: Actor {
            name: opener.aside("actor", &envelope.actor.name)?,
            via: envelope.actor.via.parse::<Via>().map_err(fault("the actor's channel"))?,
            uid: envelope.actor.uid,
        },
        cause: envelope.cause.map(cause).transpose()?,
        event,
    };
    let introduces = envelope.persons.iter().map(|person| {
        let mut commitment = [0; 32];
        hex::decode_to_slice(&*person.commitment, &mut commitment)
            .map_err(fault("a commitment"))?;
        Ok((person.person.parse().map_err(fault("a person's id"))?, commitment))
    });
    Ok(Decoded { introduces: introduces.collect::<Result<_, String>>()?, recorded })
}

/// What to say of a member that does not parse, whatever its parser says.
fn fault<E>(what: &'static str) -> impl FnOnce(E) -> String {
    move |_| format!("{what} cannot be read")
}

fn cause(cause: CauseV1) -> Result<Cause, String> {
    let key_hash = cause.key_hash.map(|text| {
        let mut hash = [0; 32];
        hex::decode_to_slice(text, &mut hash).map(|()| hash)
    });
    let key_hash = key_hash.transpose().map_err(|_| "the cause's key hash cannot be read")?;
    Ok(Cause { kind: cause.kind, id: cause.id, key_hash })
}
