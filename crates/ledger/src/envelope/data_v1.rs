//! The `data` member of envelope version 1, schema 1: one frozen struct per type of event.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use patrol_token::TokenId;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use ulid::Ulid;

use super::frozen;
use super::v1::{EnvelopeError, Opener, SealedV1, Sealer};
use crate::event::{
    Event, Format, KeyRotated, Kind, LedgerOpened, MapCommitted, RollbackAccepted, ScanBypassed,
    Sighting, TokenImported, TokenIssued,
};
use crate::person::Personal;
use crate::policy::Change;
use crate::scope::Scopes;
use crate::time::Timestamp;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenedV1 {
    ledger: String,
    prefix: String,
    origin: String,
    verifier_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyV1 {
    key: String,
    value: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrefixV1 {
    prefix: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BypassedV1<'a> {
    by: String,
    #[serde(borrow)]
    pusher: SealedV1<'a>,
    #[serde(borrow)]
    reason: Option<SealedV1<'a>>,
    repository: Option<String>,
    refs: Vec<String>,
    more_refs: u64,
    findings: BTreeMap<String, u64>,
    complete: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MapCommittedV1 {
    size: u64,
    tokens: u64,
    root: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRotatedV1 {
    verifier_key: String,
    endorsement: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RollbackAcceptedV1<'a> {
    size: u64,
    root: String,
    #[serde(borrow)]
    reason: SealedV1<'a>,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(deny_unknown_fields)]
pub(super) struct IssuedV1<'a> {
    #[serde(borrow)]
    pub(super) prefix: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) owner: SealedV1<'a>,
    #[serde(borrow)]
    pub(super) name: SealedV1<'a>,
    #[serde(borrow)]
    pub(super) description: Option<SealedV1<'a>>,
    #[serde(borrow)]
    pub(super) scopes: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) expires_at: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) digest: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) rotated_from: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportedV1<'a> {
    format: FormatV1,
    prefix: Option<String>,
    #[serde(borrow)]
    owner: SealedV1<'a>,
    #[serde(borrow)]
    name: SealedV1<'a>,
    #[serde(borrow)]
    description: Option<SealedV1<'a>>,
    scopes: Vec<String>,
    created_at: Option<String>,
    expires_at: Option<String>,
    digest: String,
}

/// `"v1"`, or `{"prefix":…,"pattern":…}`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum FormatV1 {
    Named(String),
    Legacy { prefix: String, pattern: String },
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(deny_unknown_fields)]
pub(super) struct RenamedV1<'a> {
    #[serde(borrow)]
    pub(super) name: SealedV1<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopedV1 {
    added: Vec<String>,
    removed: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpiryV1 {
    expires_at: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RotatedV1 {
    successor: String,
    ends_at: String,
}

/// Suspended and revoked alike.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonV1<'a> {
    #[serde(borrow)]
    pub(super) reason: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) comment: Option<SealedV1<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResumedV1<'a> {
    #[serde(borrow)]
    accepted_leak: Option<SealedV1<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeakedV1<'a> {
    place: String,
    source: String,
    repository: Option<String>,
    object: Option<String>,
    r#ref: Option<String>,
    path: Option<String>,
    line: Option<u64>,
    column: Option<u64>,
    commit: Option<String>,
    #[serde(borrow)]
    author: Option<SealedV1<'a>>,
    date: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ForgottenV1<'a> {
    #[serde(borrow)]
    reason: SealedV1<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewStartedV1<'a> {
    #[serde(borrow)]
    name: SealedV1<'a>,
    tokens: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewDecidedV1<'a> {
    token: String,
    verdict: String,
    #[serde(borrow)]
    reason: SealedV1<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewClosedV1<'a> {
    kept: u64,
    revoked: u64,
    ended: u64,
    #[serde(borrow)]
    comment: Option<SealedV1<'a>>,
}

/// Writes the data of an event.
pub(super) fn encode(event: &Event, sealer: &Sealer<'_>) -> Result<Box<RawValue>, EnvelopeError> {
    let sealed = |field: &str, text: &Option<Personal>| {
        text.as_ref().map(|text| sealer.seal(field, text)).transpose()
    };
    let time = |at: &Option<Timestamp>| at.map(|at| at.to_string());
    Ok(match event {
        Event::LedgerOpened(opened) => raw(&OpenedV1 {
            ledger: opened.ledger.to_string(),
            prefix: opened.prefix.to_string(),
            origin: opened.origin.clone(),
            verifier_key: opened.verifier_key.clone(),
        }),
        Event::PolicyChanged(change) => {
            let (key, value) = change.key_and_value();
            raw(&PolicyV1 { key, value })
        }
        Event::PrefixAdded(prefix) => raw(&PrefixV1 { prefix: prefix.to_string() }),
        Event::ScanBypassed(it) => raw(&BypassedV1 {
            by: it.by.as_str().into(),
            pusher: sealer.seal("pusher", &it.pusher)?,
            reason: sealed("reason", &it.reason)?,
            repository: it.repository.clone(),
            refs: it.refs.clone(),
            more_refs: it.more_refs,
            findings: it.findings.clone(),
            complete: it.complete,
        }),
        Event::MapCommitted(map) => {
            raw(&MapCommittedV1 { size: map.size, tokens: map.tokens, root: hex::encode(map.root) })
        }
        Event::KeyRotated(rotated) => raw(&KeyRotatedV1 {
            verifier_key: rotated.verifier_key.clone(),
            endorsement: BASE64.encode(&rotated.endorsement),
        }),
        Event::RollbackAccepted(it) => raw(&RollbackAcceptedV1 {
            size: it.size,
            root: hex::encode(it.root),
            reason: sealer.seal("reason", &it.reason)?,
        }),
        Event::OwnerForgotten { reason } => {
            raw(&ForgottenV1 { reason: sealer.seal("reason", reason)? })
        }
        Event::ReviewStarted { name, tokens } => raw(&ReviewStartedV1 {
            name: sealer.seal("name", name)?,
            tokens: tokens.iter().map(ToString::to_string).collect(),
        }),
        Event::ReviewDecided { token, verdict, reason } => raw(&ReviewDecidedV1 {
            token: token.to_string(),
            verdict: verdict.as_str().into(),
            reason: sealer.seal("reason", reason)?,
        }),
        Event::ReviewClosed { kept, revoked, ended, comment } => raw(&ReviewClosedV1 {
            kept: *kept,
            revoked: *revoked,
            ended: *ended,
            comment: sealed("comment", comment)?,
        }),
        Event::TokenIssued(issued) => raw(&IssuedV1 {
            prefix: issued.prefix.as_str().into(),
            owner: sealer.seal("owner", &issued.owner)?,
            name: sealer.seal("name", &issued.name)?,
            description: sealed("description", &issued.description)?,
            scopes: issued.scopes.iter().map(|scope| scope.as_str().into()).collect(),
            expires_at: time(&issued.expires_at).map(Into::into),
            digest: issued.digest.to_string().into(),
            rotated_from: issued.rotated_from.map(|id| id.to_string().into()),
        }),
        Event::TokenImported(imported) => raw(&ImportedV1 {
            format: match &imported.format {
                Format::V1 => FormatV1::Named("v1".into()),
                Format::Legacy { prefix, pattern } => {
                    FormatV1::Legacy { prefix: prefix.clone(), pattern: pattern.clone() }
                }
            },
            prefix: imported.prefix.as_ref().map(ToString::to_string),
            owner: sealer.seal("owner", &imported.owner)?,
            name: sealer.seal("name", &imported.name)?,
            description: sealed("description", &imported.description)?,
            scopes: texts(&imported.scopes),
            created_at: time(&imported.created_at),
            expires_at: time(&imported.expires_at),
            digest: imported.digest.to_string(),
        }),
        Event::TokenRenamed(name) => raw(&RenamedV1 { name: sealer.seal("name", name)? }),
        Event::TokenScoped { added, removed } => {
            raw(&ScopedV1 { added: texts(added), removed: texts(removed) })
        }
        Event::TokenExpiryChanged(at) => raw(&ExpiryV1 { expires_at: time(at) }),
        Event::TokenExpired(at) => raw(&ExpiryV1 { expires_at: Some(at.to_string()) }),
        Event::TokenRotated { successor, ends_at } => {
            raw(&RotatedV1 { successor: successor.to_string(), ends_at: ends_at.to_string() })
        }
        Event::TokenSuspended { reason, comment } => {
            raw(&ReasonV1 { reason: reason.as_str().into(), comment: sealed("comment", comment)? })
        }
        Event::TokenRevoked { reason, comment } => {
            raw(&ReasonV1 { reason: reason.as_str().into(), comment: sealed("comment", comment)? })
        }
        Event::TokenResumed { accepted_leak } => {
            raw(&ResumedV1 { accepted_leak: sealed("accepted_leak", accepted_leak)? })
        }
        Event::TokenLeaked(sighting) => raw(&LeakedV1 {
            place: hex::encode(sighting.place),
            source: sighting.source.clone(),
            repository: sighting.repository.clone(),
            object: sighting.object.clone(),
            r#ref: sighting.reference.clone(),
            path: sighting.path.clone(),
            line: sighting.line,
            column: sighting.column,
            commit: sighting.commit.clone(),
            author: sealed("author", &sighting.author)?,
            date: sighting.date.clone(),
        }),
    }?)
}

/// Reads the data of an event of a type.
pub(super) fn decode(kind: Kind, json: &str, opener: &Opener<'_, '_>) -> Result<Event, String> {
    let aside = |field: &str, sealed: &Option<SealedV1<'_>>| {
        sealed.as_ref().map(|sealed| opener.aside(field, sealed)).transpose()
    };
    let row = |field: &str, sealed: &Option<SealedV1<'_>>| {
        sealed.as_ref().map(|sealed| opener.row(field, sealed)).transpose()
    };
    Ok(match kind {
        Kind::LedgerOpened => {
            let opened: OpenedV1 = data(json)?;
            Event::LedgerOpened(LedgerOpened {
                ledger: ulid(&opened.ledger)?,
                prefix: value("prefix", &opened.prefix)?,
                origin: opened.origin,
                verifier_key: opened.verifier_key,
            })
        }
        Kind::PolicyChanged => {
            let change: PolicyV1 = data(json)?;
            let change = Change::parse(&change.key, &change.value).map_err(|e| e.to_string())?;
            Event::PolicyChanged(change)
        }
        Kind::PrefixAdded => Event::PrefixAdded(value("prefix", &data::<PrefixV1>(json)?.prefix)?),
        Kind::ScanBypassed => {
            let it: BypassedV1<'_> = data(json)?;
            Event::ScanBypassed(Box::new(ScanBypassed {
                by: value("by", &it.by)?,
                pusher: opener.aside("pusher", &it.pusher)?,
                reason: aside("reason", &it.reason)?,
                repository: it.repository,
                refs: it.refs,
                more_refs: it.more_refs,
                findings: it.findings,
                complete: it.complete,
            }))
        }
        Kind::MapCommitted => {
            let map: MapCommittedV1 = data(json)?;
            let (size, tokens, root) = (map.size, map.tokens, hash(&map.root)?);
            Event::MapCommitted(MapCommitted { size, tokens, root })
        }
        Kind::KeyRotated => {
            let rotated: KeyRotatedV1 = data(json)?;
            let endorsement = BASE64.decode(&rotated.endorsement);
            Event::KeyRotated(KeyRotated {
                verifier_key: rotated.verifier_key,
                endorsement: endorsement.map_err(|_| "the endorsement cannot be read")?,
            })
        }
        Kind::RollbackAccepted => {
            let it: RollbackAcceptedV1<'_> = data(json)?;
            Event::RollbackAccepted(RollbackAccepted {
                size: it.size,
                root: hash(&it.root)?,
                reason: opener.aside("reason", &it.reason)?,
            })
        }
        Kind::OwnerForgotten => {
            let reason = opener.aside("reason", &data::<ForgottenV1<'_>>(json)?.reason)?;
            Event::OwnerForgotten { reason }
        }
        Kind::ReviewStarted => {
            let it: ReviewStartedV1<'_> = data(json)?;
            Event::ReviewStarted {
                name: opener.aside("name", &it.name)?,
                tokens: it.tokens.iter().map(|id| token_id(id)).collect::<Result<_, _>>()?,
            }
        }
        Kind::ReviewDecided => {
            let it: ReviewDecidedV1<'_> = data(json)?;
            Event::ReviewDecided {
                token: token_id(&it.token)?,
                verdict: value("verdict", &it.verdict)?,
                reason: opener.aside("reason", &it.reason)?,
            }
        }
        Kind::ReviewClosed => {
            let it: ReviewClosedV1<'_> = data(json)?;
            Event::ReviewClosed {
                kept: it.kept,
                revoked: it.revoked,
                ended: it.ended,
                comment: aside("comment", &it.comment)?,
            }
        }
        Kind::TokenIssued => {
            let issued = frozen::issued(json).map_or_else(|| data(json), Ok)?;
            Event::TokenIssued(TokenIssued {
                prefix: value("prefix", &issued.prefix)?,
                owner: opener.row("owner", &issued.owner)?,
                name: opener.row("name", &issued.name)?,
                description: row("description", &issued.description)?,
                scopes: scopes(&issued.scopes)?,
                expires_at: time(issued.expires_at.as_deref())?,
                digest: value("digest", &issued.digest)?,
                rotated_from: issued.rotated_from.as_deref().map(token_id).transpose()?,
            })
        }
        Kind::TokenImported => {
            let imported: ImportedV1<'_> = data(json)?;
            Event::TokenImported(TokenImported {
                format: match imported.format {
                    FormatV1::Named(name) if name == "v1" => Format::V1,
                    FormatV1::Named(name) => return Err(format!("format {name:?} is not known")),
                    FormatV1::Legacy { prefix, pattern } => Format::Legacy { prefix, pattern },
                },
                prefix: imported.prefix.map(|text| value("prefix", &text)).transpose()?,
                owner: opener.row("owner", &imported.owner)?,
                name: opener.row("name", &imported.name)?,
                description: row("description", &imported.description)?,
                scopes: scopes(&imported.scopes)?,
                created_at: time(imported.created_at.as_deref())?,
                expires_at: time(imported.expires_at.as_deref())?,
                digest: value("digest", &imported.digest)?,
            })
        }
        Kind::TokenRenamed => {
            let renamed = frozen::renamed(json).map_or_else(|| data(json), Ok)?;
            Event::TokenRenamed(opener.row("name", &renamed.name)?)
        }
        Kind::TokenScoped => {
            let scoped: ScopedV1 = data(json)?;
            Event::TokenScoped { added: scopes(&scoped.added)?, removed: scopes(&scoped.removed)? }
        }
        Kind::TokenExpiryChanged => {
            Event::TokenExpiryChanged(time(data::<ExpiryV1>(json)?.expires_at.as_deref())?)
        }
        Kind::TokenExpired => {
            let at = time(data::<ExpiryV1>(json)?.expires_at.as_deref())?;
            Event::TokenExpired(at.ok_or("an expiry without an instant")?)
        }
        Kind::TokenRotated => {
            let rotated: RotatedV1 = data(json)?;
            Event::TokenRotated {
                successor: token_id(&rotated.successor)?,
                ends_at: value("ends_at", &rotated.ends_at)?,
            }
        }
        Kind::TokenSuspended => {
            let suspended = frozen::reason(json).map_or_else(|| data(json), Ok)?;
            Event::TokenSuspended {
                reason: value("reason", &suspended.reason)?,
                comment: aside("comment", &suspended.comment)?,
            }
        }
        Kind::TokenRevoked => {
            let revoked = frozen::reason(json).map_or_else(|| data(json), Ok)?;
            Event::TokenRevoked {
                reason: value("reason", &revoked.reason)?,
                comment: aside("comment", &revoked.comment)?,
            }
        }
        Kind::TokenResumed => {
            let resumed: ResumedV1<'_> = data(json)?;
            Event::TokenResumed { accepted_leak: aside("accepted_leak", &resumed.accepted_leak)? }
        }
        Kind::TokenLeaked => {
            let leaked: LeakedV1<'_> = data(json)?;
            let mut place = [0; 32];
            hex::decode_to_slice(&leaked.place, &mut place).map_err(|_| "place cannot be read")?;
            Event::TokenLeaked(Box::new(Sighting {
                place,
                author: aside("author", &leaked.author)?,
                source: leaked.source,
                repository: leaked.repository,
                object: leaked.object,
                reference: leaked.r#ref,
                path: leaked.path,
                line: leaked.line,
                column: leaked.column,
                commit: leaked.commit,
                date: leaked.date,
            }))
        }
    })
}

/// The ledger's id, from the data of `ledger.opened`.
pub(super) fn ledger_of(json: &str) -> Result<Ulid, String> {
    ulid(&data::<OpenedV1>(json)?.ledger)
}

fn raw<T: Serialize>(data: &T) -> Result<Box<RawValue>, serde_json::Error> {
    serde_json::value::to_raw_value(data)
}

fn data<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|e| format!("data: {e}"))
}

fn value<T: std::str::FromStr>(what: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{what} cannot be read"))
}

fn time(text: Option<&str>) -> Result<Option<Timestamp>, String> {
    text.map(|text| value("an instant", text)).transpose()
}

fn hash(text: &str) -> Result<[u8; 32], String> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).map_err(|_| "a hash cannot be read")?;
    Ok(hash)
}

fn token_id(text: &str) -> Result<TokenId, String> {
    value("a token id", text)
}

fn ulid(text: &str) -> Result<Ulid, String> {
    Ulid::from_string(text).map_err(|_| "the ledger's id cannot be read".into())
}

fn texts(scopes: &Scopes) -> Vec<String> {
    scopes.iter().map(ToString::to_string).collect()
}

fn scopes<T: AsRef<str>>(texts: &[T]) -> Result<Scopes, String> {
    texts.iter().map(|text| value("a scope", text.as_ref())).collect()
}
