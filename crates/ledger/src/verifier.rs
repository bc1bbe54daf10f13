//! The verifier: answers from memory, and never with what is no longer true.
//!
//! Every answer begins with one freshness check: SQLite's `data_version`, which changes with every
//! commit of every other connection on the machine, before that commit is acknowledged. If it
//! changed, the verifier catches up by position before it answers. If it cannot, it refuses.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

use patrol_token::{TokenDigest, TokenId, TokenRef};

use crate::event::Stream;
use crate::merkle::Hash;
use crate::project::StoreError;
use crate::scope::{Scope, Scopes};
use crate::store::sqlite::{Reader, store_error};
use crate::time::Timestamp;
use crate::token::{Status, Token};
use crate::verify::Reason;

/// What is kept of a token: what a verdict needs.
#[derive(Clone, Debug)]
struct Entry {
    digest: TokenDigest,
    scopes: Arc<Scopes>,
    /// Ended or laid to rest by an event; `Active` here still has to pass the clock.
    recorded: Status,
    expires_at: Timestamp,
    superseded_at: Timestamp,
}

/// An accepted token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its id.
    pub id: TokenId,
    /// What it may do.
    pub scopes: Arc<Scopes>,
    /// When it ends; [`Timestamp::MAX`]: never.
    pub expires_at: Timestamp,
}

/// Verifies tokens from memory; see the module's description. One a thread.
pub struct Verifier {
    reader: Reader,
    path: PathBuf,
    seen: i64,
    /// The log as far as it was followed: its length, its last leaf, and which rows it had.
    followed: (u64, Option<Hash>, i64),
    /// The last event's time: the clock is never believed to be before it.
    recorded_at: Timestamp,
    by_id: HashMap<u128, Entry, BuildHasherDefault<IdHasher>>,
    /// Tokens whose id does not stand in their text.
    by_digest: HashMap<[u8; 32], TokenId>,
    interned: HashMap<String, Arc<Scopes>>,
}

impl Verifier {
    pub(crate) fn load(reader: Reader) -> Result<Self, StoreError> {
        let mut verifier = Self {
            path: reader.path().to_owned(),
            seen: i64::MIN,
            followed: (0, None, 0),
            recorded_at: Timestamp::EPOCH,
            by_id: HashMap::default(),
            by_digest: HashMap::new(),
            interned: HashMap::new(),
            reader,
        };
        verifier.refresh()?;
        Ok(verifier)
    }

    /// Tokens known.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether no token is known.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Verifies a token's text of our format for `asked` scopes at an instant.
    ///
    /// # Errors
    /// The first [`Reason`], in order of precedence, why it is not accepted. A ledger that cannot
    /// be read accepts nothing: the store's error is the outer one.
    pub fn verify(
        &mut self,
        token: &str,
        asked: &[Scope],
        now: Timestamp,
    ) -> Result<Result<Verified, Reason>, StoreError> {
        // Junk is refused by its checksum before anything is looked up.
        let Ok(token) = TokenRef::parse(token) else { return Ok(Err(Reason::Malformed)) };
        self.verify_digest(Some(token.id()), &token.digest(), asked, now)
    }

    /// Verifies by digest: for imported tokens of a legacy shape, which the caller has matched.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub fn verify_digest(
        &mut self,
        id: Option<TokenId>,
        digest: &TokenDigest,
        asked: &[Scope],
        now: Timestamp,
    ) -> Result<Result<Verified, Reason>, StoreError> {
        self.refresh()?;
        let by_id = id.and_then(|id| Some((id, self.by_id.get(&key(id))?)));
        // Equal work on every refusal: an unknown id is compared with something, too.
        let matches = by_id.map_or(NOBODY, |(_, entry)| entry.digest) == *digest;
        let imported = || {
            let id = *self.by_digest.get(digest.as_bytes())?;
            Some((id, self.by_id.get(&key(id))?))
        };
        let found = by_id.filter(|_| matches).or_else(imported);
        let Some((id, entry)) = found else { return Ok(Err(Reason::Unknown)) };
        let now = now.max(self.recorded_at);
        Ok(match entry.recorded {
            Status::Revoked => Err(Reason::Revoked),
            _ if entry.superseded_at <= now => Err(Reason::Revoked),
            Status::Expired => Err(Reason::Expired),
            _ if entry.expires_at <= now => Err(Reason::Expired),
            Status::Suspended => Err(Reason::Suspended),
            Status::Active if asked.iter().all(|scope| entry.scopes.cover(scope)) => {
                Ok(Verified { id, scopes: Arc::clone(&entry.scopes), expires_at: entry.expires_at })
            }
            Status::Active => Err(Reason::InsufficientScope),
        })
    }

    /// Catches up with the log, if anything was committed since. A log that is not the one that was
    /// followed (an older copy was restored, another file put in its place) is read from nothing.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn refresh(&mut self) -> Result<(), StoreError> {
        if !self.reader.is_current() {
            self.reader = Reader::open(&self.path)?;
            self.forget();
        }
        // Read before the rows: what is committed in between is read now and once more later.
        let version = self.reader.data_version()?;
        if version == self.seen {
            return Ok(());
        }
        let (size, leaf, rows_made) = self.followed;
        let (continues, changed, head, followed) = self.reader.snapshot(|reader| {
            let head = reader.head()?;
            let now = head.tree.size();
            let made = reader.rows_made()?;
            let continues =
                size > 0 && now >= size && made == rows_made && reader.last_leaf(size)? == leaf;
            let changed = match continues {
                true if now == size => Vec::new(),
                true => changed_since(reader, size)?,
                false => reader.all_tokens()?,
            };
            Ok((continues, changed, head, (now, reader.last_leaf(now)?, made)))
        })?;
        if !continues {
            // An older copy, perhaps: it answers nothing.
            self.forget();
            self.reader.assure_not_rolled_back()?;
        }
        changed.into_iter().for_each(|token| self.put(&token));
        self.followed = followed;
        self.recorded_at = head.recorded_at.unwrap_or(Timestamp::EPOCH);
        self.seen = version;
        Ok(())
    }

    fn forget(&mut self) {
        self.seen = i64::MIN;
        self.followed = (0, None, 0);
        self.by_id.clear();
        self.by_digest.clear();
    }

    fn put(&mut self, token: &Token) {
        // Rows with the same scopes share them: a million tokens have a handful of sets.
        let text = token.scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(" ");
        let scopes = self.interned.entry(text).or_insert_with(|| Arc::new(token.scopes.clone()));
        let entry = Entry {
            digest: token.digest,
            scopes: Arc::clone(scopes),
            // At the epoch no clock has ended anything: what remains is what events said.
            recorded: token.status(Timestamp::EPOCH),
            expires_at: token.expires_at.unwrap_or(Timestamp::MAX),
            superseded_at: token.superseded_at.unwrap_or(Timestamp::MAX),
        };
        if token.imported {
            self.by_digest.insert(*token.digest.as_bytes(), token.id);
        }
        self.by_id.insert(key(token.id), entry);
    }
}

/// The digest of nobody's token: SHA-256 of nothing begins otherwise.
const NOBODY: TokenDigest = TokenDigest::from_bytes([0; 32]);

fn key(id: TokenId) -> u128 {
    u128::from_be_bytes(id.to_bytes())
}

/// The tokens that events from position `size` on speak of.
fn changed_since(reader: &Reader, size: u64) -> Result<Vec<Token>, StoreError> {
    let streams: Vec<String> = reader
        .db()
        .prepare_cached("SELECT DISTINCT stream FROM events WHERE position >= ?")
        .and_then(|mut statement| {
            statement.query_map([size.cast_signed()], |row| row.get(0))?.collect()
        })
        .map_err(store_error)?;
    let mut tokens = Vec::new();
    for stream in streams {
        let stream: Stream = stream
            .parse()
            .map_err(|_| StoreError::Damaged(format!("a stream named {stream:?}")))?;
        if let Some(id) = stream.token() {
            let token = reader.token(&crate::command::Selector::Id(id))?;
            let gone = || StoreError::Damaged(format!("token {id} has events and no row"));
            tokens.push(token.ok_or_else(gone)?);
        }
    }
    Ok(tokens)
}

/// Hashes a token id by its random low bits, which are as good as any hash: ids are made here, or
/// imported by an administrator, never chosen by those who verify.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u128(&mut self, id: u128) {
        #[expect(clippy::cast_possible_truncation, reason = "the low 64 bits are the random ones")]
        let low = id as u64;
        // The table takes its index from the low bits and its tags from the high ones.
        self.0 = low ^ low.rotate_left(32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
