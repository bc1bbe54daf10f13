//! The application: an open ledger, a clock and a source of randomness.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use patrol_ledger::{
    Change, CheckReport, Clock, Command, Init, LAST_USED_GRAIN, Ledger, LedgerRow, Reader, Reason,
    Receipt, Request, Scope, Selector, SharedEntropy, Timestamp, Token, Via, is_origin, judge,
};
use patrol_token::{PlainToken, Prefix, TokenDigest, TokenRef};

use crate::error::AppError;
use crate::legacy::Shapes;
use crate::ports::{OsEntropy, SystemClock};

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The name for the record.
    pub actor: String,
    /// Through what.
    pub via: Via,
    /// The operating system's user id of a local caller.
    pub uid: Option<u32>,
}

/// The answer to a verification.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Accepted.
    Active(Box<Token>),
    /// Refused, for the operator's eyes; outsiders are told only that it is refused.
    Refused(Reason),
}

/// An open ledger with all that use cases need.
pub struct App {
    ledger: Ledger,
    reader: Mutex<Reader>,
    shapes: Mutex<Shapes>,
    clock: Arc<dyn Clock>,
    entropy: SharedEntropy,
}

impl App {
    /// Makes a ledger and its signing key where nothing is.
    ///
    /// # Errors
    /// An origin that cannot name a log, something there already, or files that cannot be made.
    pub fn init(
        path: &Path,
        prefix: &Prefix,
        origin: Option<&str>,
        by: &Caller,
    ) -> Result<Self, AppError> {
        if origin.is_some_and(|origin| !is_origin(origin)) {
            return Err(AppError::Origin);
        }
        let init = Init { prefix, origin, actor: &by.actor, uid: by.uid };
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
        let ledger = Ledger::init(path, &init, clock.clone(), entropy.clone())?;
        Self::with(ledger, clock, entropy)
    }

    /// Opens an existing ledger.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, AppError> {
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
        Self::with(Ledger::open(path, clock.clone(), entropy.clone())?, clock, entropy)
    }

    /// On an open ledger, with a clock and randomness of the caller's: for tests and embedders.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn with(
        ledger: Ledger,
        clock: Arc<dyn Clock>,
        entropy: SharedEntropy,
    ) -> Result<Self, AppError> {
        let reader = Mutex::new(ledger.reader()?);
        Ok(Self { ledger, reader, shapes: Mutex::default(), clock, entropy })
    }

    /// The ledger itself.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn entropy(&self) -> &SharedEntropy {
        &self.entropy
    }

    /// The shared reader, on the file that is at the ledger's path now. Whoever holds it keeps other
    /// readers of this process waiting.
    ///
    /// # Errors
    /// When another file is there and cannot be opened.
    pub(crate) fn reader(&self) -> Result<MutexGuard<'_, Reader>, AppError> {
        // A panic while reading leaves nothing half done: the snapshot ended with it.
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if !reader.is_current() {
            *reader = self.ledger.reader()?;
        }
        Ok(reader)
    }

    /// The present, never before the last recorded event: setting the clock back revives nothing.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn now(&self) -> Result<Timestamp, AppError> {
        let recorded = self.reader()?.head()?.recorded_at;
        Ok(patrol_ledger::recording_time(self.clock.now(), recorded))
    }

    /// The ledger's own row: prefixes, policy, origin.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn info(&self) -> Result<LedgerRow, AppError> {
        Ok(self.reader()?.ledger()?)
    }

    /// Every prefix the ledger ever had, oldest first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn prefixes(&self) -> Result<Vec<Prefix>, AppError> {
        Ok(self.info()?.prefixes)
    }

    /// Hands a command to the ledger and waits until it is durable.
    ///
    /// # Errors
    /// The refusal, or a store error.
    pub fn submit(&self, by: &Caller, command: Command) -> Result<Receipt, AppError> {
        let request =
            Request { actor: by.actor.clone(), via: by.via, uid: by.uid, cause: None, command };
        Ok(self.ledger.submit(request)?)
    }

    /// Reads which token is meant: an id, or a whole token of our format or a declared legacy
    /// shape.
    ///
    /// # Errors
    /// A text that is neither, with the rule it breaks. The text is not repeated.
    pub fn selector(&self, text: &str) -> Result<Selector, AppError> {
        if let Ok(id) = text.parse() {
            return Ok(Selector::Id(id));
        }
        match TokenRef::parse(text) {
            Ok(token) => Ok(Selector::Whole { id: Some(token.id()), digest: token.digest() }),
            Err(_) if self.has_legacy_shape(text)? => {
                Ok(Selector::Whole { id: None, digest: TokenDigest::of(text.as_bytes()) })
            }
            Err(error) => Err(AppError::NotAToken(error)),
        }
    }

    /// Whether a text has a shape that an import declared.
    fn has_legacy_shape(&self, text: &str) -> Result<bool, AppError> {
        let mut shapes = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        shapes.refresh(&*self.reader()?)?;
        Ok(shapes.fit(text))
    }

    /// Verifies a whole token for some scopes. Fails closed: a ledger that cannot be read accepts
    /// nothing.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn verify(&self, token: &PlainToken, scopes: &[Scope]) -> Result<Verdict, AppError> {
        let selector = match self.selector(token.expose()) {
            // An id is no secret: it opens nothing.
            Ok(Selector::Id(_)) | Err(AppError::NotAToken(_)) => {
                return Ok(Verdict::Refused(Reason::Malformed));
            }
            Ok(selector) => selector,
            Err(error) => return Err(error),
        };
        let now = self.now()?;
        let reader = self.reader()?;
        reader.assure_not_rolled_back()?;
        let found = reader.token(&selector)?;
        drop(reader);
        Ok(match found {
            None => Verdict::Refused(Reason::Unknown),
            Some(token) => match judge(&token, scopes, now) {
                Ok(()) => Verdict::Active(Box::new(token)),
                Err(reason) => Verdict::Refused(reason),
            },
        })
    }

    /// That the log does not continue what was signed of it, or that nobody can tell, in words.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn behind(&self) -> Result<Option<String>, AppError> {
        match self.reader()?.assure_not_rolled_back() {
            Ok(()) => Ok(None),
            Err(patrol_ledger::StoreError::RolledBack(why)) => Ok(Some(why)),
            Err(error) => Err(error.into()),
        }
    }

    /// Notes that a token was used, unless that was noted within a day; see [`Ledger::note_use`].
    ///
    /// # Errors
    /// When the store fails; callers may well ignore it.
    pub fn note_use(&self, token: &Token) -> Result<(), AppError> {
        let now = self.now()?;
        let noted = self.last_used(token.id)?;
        if noted.is_some_and(|noted| noted > now.minus(LAST_USED_GRAIN)) {
            return Ok(());
        }
        Ok(self.ledger.note_use(token.id, now)?)
    }

    /// Changes the policy; returns the position of the event, or none if it was so already.
    ///
    /// # Errors
    /// A store error.
    pub fn set_policy(&self, by: &Caller, change: Change) -> Result<Option<u64>, AppError> {
        Ok(self.submit(by, Command::SetPolicy(change))?.position)
    }

    /// Adds a prefix, which new tokens get from now on.
    ///
    /// # Errors
    /// A store error.
    pub fn add_prefix(&self, by: &Caller, prefix: Prefix) -> Result<Option<u64>, AppError> {
        Ok(self.submit(by, Command::AddPrefix(prefix))?.position)
    }

    /// Checks the whole ledger.
    ///
    /// # Errors
    /// Only when it cannot be read at all.
    pub fn check(&self) -> Result<CheckReport, AppError> {
        Ok(self.ledger.check()?)
    }

    /// Makes the rows anew from the log; returns the number of events.
    ///
    /// # Errors
    /// See [`Ledger::rebuild`].
    pub fn rebuild(&self) -> Result<u64, AppError> {
        Ok(self.ledger.rebuild()?)
    }

    /// Writes a consistent copy; returns the position of its last event.
    ///
    /// # Errors
    /// See [`Ledger::backup`].
    pub fn backup(&self, to: &Path) -> Result<u64, AppError> {
        Ok(self.ledger.backup(to)?)
    }
}

/// What a caller may rely on: an [`App`] is shared between threads.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<App>();
};
