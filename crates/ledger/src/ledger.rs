//! The ledger on one SQLite file: the handle that programs hold.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use patrol_token::{Entropy, Prefix, TokenId};
use rusqlite::{Connection, params};
use ulid::Ulid;

use crate::check::{CheckReport, check};
use crate::command::Request;
use crate::event::{LedgerOpened, Via};
use crate::files::{sibling, sync_folder, write_private};
use crate::gate::Record;
use crate::key::LedgerKey;
use crate::project::StoreError;
use crate::signer::record_path;
use crate::store::sqlite::{
    Access, FileMode, Reader, SqliteStore, connect, loose_mode, rebuild, store_error,
};
use crate::store::{AppendError, Batch, CommandError, Receipt, Store as _};
use crate::time::{Clock, Lifetime, Timestamp};
use crate::verifier::Verifier;
use crate::writer::Writer;

/// A source of randomness that threads share.
pub type SharedEntropy = Arc<dyn Entropy + Send + Sync>;

/// An open ledger. Writing goes through one thread; readers are as many as are asked for.
pub struct Ledger {
    path: PathBuf,
    writer: Writer,
    entropy: SharedEntropy,
}

/// How a new ledger begins.
#[derive(Clone, Debug)]
pub struct Init<'a> {
    /// The prefix of its tokens.
    pub prefix: &'a Prefix,
    /// The log's name; `None`: `patrol.invalid/` and the ledger's id.
    pub origin: Option<&'a str>,
    /// Who makes it.
    pub actor: &'a str,
    /// The operating system's user id.
    pub uid: Option<u32>,
}

/// How coarse `last used` is: it is written at most once in this time for each token.
pub const LAST_USED_GRAIN: Lifetime = Lifetime::days(1);

/// How often a check begins anew because the ledger was replaced under it.
const CHECKS: usize = 3;

impl Ledger {
    /// Makes a ledger at a path where nothing is, and its signing key beside it.
    ///
    /// Crash story: both files are made under temporary names and then renamed to their own, the
    /// key first, so that neither is ever seen half made or written over. A crash between leaves a
    /// key without a ledger, which the next `init` refuses to write over and names.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if a ledger or key is there, or why files cannot be made.
    pub fn init(
        path: &Path,
        init: &Init<'_>,
        clock: Arc<dyn Clock>,
        entropy: SharedEntropy,
    ) -> Result<Self, CommandError> {
        let unwritable = |path: &Path| {
            let shown = path.display().to_string();
            move |error: std::io::Error| StoreError::Unusable(format!("{shown}: {error}"))
        };
        let key_path = key_path(path);
        for file in [path, &key_path] {
            if file.symlink_metadata().is_ok() {
                return Err(StoreError::Exists(file.display().to_string()).into());
            }
        }
        let mut random = [0; 16];
        entropy.fill(&mut random).map_err(StoreError::from)?;
        let ledger = Ulid::from_parts(clock.now().as_millis(), u128::from_be_bytes(random));
        let origin = init.origin.map_or_else(|| format!("patrol.invalid/{ledger}"), Into::into);
        let key = LedgerKey::generate(&origin, &*entropy).map_err(StoreError::from)?;

        let part = part(&*entropy)?;
        let (temporary, temporary_key) = (sibling(path, &part), sibling(&key_path, &part));
        let _clean = Remove(vec![
            temporary.clone(),
            sibling(&temporary, "-wal"),
            sibling(&temporary, "-shm"),
            sibling(&temporary, "-turn"),
            temporary_key.clone(),
        ]);
        write_private(&temporary_key, key.signer_text().as_bytes())
            .map_err(unwritable(&temporary_key))?;
        let mut store = SqliteStore::create(&temporary)?;
        let mut batch = Batch::new(store.begin(std::time::Duration::ZERO)?, &*entropy)?;
        let opened = LedgerOpened {
            ledger,
            prefix: init.prefix.clone(),
            origin,
            verifier_key: key.verifier_text(),
        };
        batch.open(opened, (init.actor, Via::Cli, init.uid), &*clock)?;
        batch.commit().map_err(|error| match error {
            AppendError::Conflict => StoreError::Exists(path.display().to_string()),
            AppendError::Store(error) => error,
        })?;
        store.close()?;
        for (from, to) in [(&temporary_key, &key_path), (&temporary, &path.to_owned())] {
            give_name(from, to)?;
        }
        sync_folder(path);
        Ok(Self::open(path, clock, entropy)?)
    }

    /// Opens an existing ledger.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::NotALedger`], [`StoreError::Newer`], or why it
    /// cannot be opened.
    pub fn open(
        path: &Path,
        clock: Arc<dyn Clock>,
        entropy: SharedEntropy,
    ) -> Result<Self, StoreError> {
        // What lies beside the ledger lies beside the file, not beside a link to it.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let store = SqliteStore::open(&path)?;
        let writer = Writer::start(store, clock, Arc::clone(&entropy), Record::of(&path))?;
        Ok(Self { path, writer, entropy })
    }

    /// Does a command: waits until it is durable and visible to every process, or refused.
    ///
    /// # Errors
    /// The refusal, or a store error. After [`StoreError::OutcomeUnknown`] ask the ledger.
    pub fn submit(&self, request: Request) -> Result<Receipt, CommandError> {
        self.writer.submit(request)
    }

    /// A reader with its own connection.
    ///
    /// # Errors
    /// When the ledger cannot be opened.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        Reader::open(&self.path)
    }

    /// A verifier that answers from memory.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn verifier(&self) -> Result<Verifier, StoreError> {
        Verifier::load(self.reader()?)
    }

    /// Where the ledger is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }

    /// Files of this ledger that others than their owner may read or write.
    pub fn loose_files(&self) -> Vec<FileMode> {
        [self.path.clone(), key_path(&self.path), record_path(&self.path)]
            .iter()
            .filter_map(|path| loose_mode(path))
            .collect()
    }

    /// Checks the whole ledger.
    ///
    /// # Errors
    /// Only when it cannot be read at all; what is wrong with it is in the report.
    pub fn check(&self) -> Result<CheckReport, StoreError> {
        for _ in 0..CHECKS {
            let reader = self.reader()?;
            let before = reader.rows_made()?;
            let report = check(&reader);
            // It reads through several connections. If a backup was put in place meanwhile, or the
            // rows were made anew, they did not read the same.
            if self.reader()?.rows_made()? == before {
                return report;
            }
        }
        Err(StoreError::Other("the ledger was replaced again and again while it was read".into()))
    }

    /// Makes all rows anew from the log. Returns how many events were folded.
    ///
    /// # Errors
    /// An event that cannot be applied, or a store that fails; the rows are then as before.
    pub fn rebuild(&self) -> Result<u64, StoreError> {
        rebuild(&mut connect(&self.path, Access::Write)?)
    }

    /// Writes a consistent copy while others write. Returns the position of its last event.
    ///
    /// # Errors
    /// [`StoreError::Exists`], or why the copy cannot be made.
    pub fn backup(&self, to: &Path) -> Result<u64, StoreError> {
        if to.symlink_metadata().is_ok() {
            return Err(StoreError::Exists(to.display().to_string()));
        }
        // Under another name first: nobody sees half a copy.
        let temporary = sibling(to, &part(&*self.entropy)?);
        let _clean = Remove(vec![temporary.clone()]);
        vacuum_into(&connect(&self.path, Access::Write)?, &temporary)?;
        let copied: Vec<u8> = Connection::open(&temporary)
            .and_then(|copy| copy.query_row("SELECT tree FROM head", [], |row| row.get(0)))
            .map_err(store_error)?;
        give_name(&temporary, to)?;
        sync_folder(to);
        let tree = crate::merkle::Frontier::from_bytes(&copied)
            .ok_or_else(|| StoreError::Damaged("the copy's tree cannot be read".into()))?;
        Ok(tree.size().saturating_sub(1))
    }

    /// Writes everything into the one file and empties the write-ahead log, so that what was
    /// deleted is nowhere beside it. `false`: another process was reading all the time; ask again.
    ///
    /// # Errors
    /// When the ledger cannot be opened or written.
    pub fn empty_wal(&self) -> Result<bool, StoreError> {
        let connection = connect(&self.path, Access::Write)?;
        let busy: i64 = connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(store_error)?;
        Ok(busy == 0)
    }

    /// Notes that a token was used, if the last note is older than a day. Not an event, and never
    /// waits: if another process writes at this moment, the next use will be noted.
    ///
    /// # Errors
    /// When the store fails; callers may well ignore it.
    pub fn note_use(&self, id: TokenId, at: Timestamp) -> Result<(), StoreError> {
        let connection = connect(&self.path, Access::Write)?;
        connection.busy_timeout(std::time::Duration::ZERO).map_err(store_error)?;
        // Losing this to a power cut loses nothing that matters: no sync.
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(store_error)?;
        connection
            .execute(
                "INSERT INTO last_used VALUES (?1, ?2) ON CONFLICT (token) DO UPDATE SET at = ?2 \
                 WHERE at <= ?3",
                params![id.to_string(), at.as_micros(), at.minus(LAST_USED_GRAIN).as_micros()],
            )
            .map(|_| ())
            .map_err(store_error)
    }
}

/// Where the signing key of the ledger at `path` is kept: `<ledger>.key`.
pub fn key_path(path: &Path) -> PathBuf {
    sibling(path, ".key")
}

/// Writes a consistent copy to a new private file, durably.
pub(crate) fn vacuum_into(connection: &Connection, to: &Path) -> Result<(), StoreError> {
    let unwritable =
        |error: std::io::Error| StoreError::Unusable(format!("{}: {error}", to.display()));
    let text = to.to_str().ok_or_else(|| {
        StoreError::Other("the copy's path is not UTF-8, which SQLite cannot write to".into())
    })?;
    // Made private before anything is in it.
    write_private(to, b"").map_err(unwritable)?;
    connection.execute("VACUUM INTO ?", params![text]).map_err(store_error)?;
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(unwritable)
}

/// A suffix for a temporary name that nobody else uses.
pub(crate) fn part(entropy: &dyn Entropy) -> Result<String, StoreError> {
    let mut random = [0; 4];
    entropy.fill(&mut random)?;
    Ok(format!(".{:08x}", u32::from_be_bytes(random)))
}

/// Renames a finished file to its own name, over nothing.
pub(crate) fn give_name(from: &Path, to: &Path) -> Result<(), StoreError> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    let exists = || StoreError::Exists(to.display().to_string());
    let unusable =
        |why: &dyn std::fmt::Display| StoreError::Unusable(format!("{}: {why}", to.display()));
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => Err(exists()),
        // Some file systems cannot: a second name, and then the first taken away.
        Err(Errno::INVAL | Errno::NOSYS) => {
            std::fs::hard_link(from, to).map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => exists(),
                _ => unusable(&error),
            })?;
            std::fs::remove_file(from).map_err(|error| unusable(&error))
        }
        Err(error) => Err(unusable(&error)),
    }
}

/// Removes temporary files, whatever happens.
pub(crate) struct Remove(pub(crate) Vec<PathBuf>);

impl Drop for Remove {
    fn drop(&mut self) {
        for path in &self.0 {
            drop(std::fs::remove_file(path));
        }
    }
}
