//! What the watcher asks of the ledger: a small trait, and its implementation over [`App`].

use std::sync::Arc;

use patrol_app::{App, AppError, Caller, intake};
use patrol_scan::Finding;
use patrol_scan::rules::Rules;
use patrol_token::{Prefix, redact_text};

/// The side of the ledger. Called from several threads.
pub trait Responder: Send + Sync {
    /// Every prefix to look for. Asked before each look, so it should be cheap.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    fn prefixes(&self) -> Result<Vec<Prefix>, ResponderError>;

    /// The shapes of imported tokens, to look for beside the prefixes. Asked as often.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    fn imported(&self) -> Result<Rules, ResponderError>;

    /// Fills in status and owner, and does nothing else.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    fn judge(&self, findings: &mut [Finding]) -> Result<(), ResponderError>;

    /// Records the sighting and responds by policy; fills in status and action. May be called
    /// again for the same finding at any time.
    ///
    /// # Errors
    /// When the ledger cannot be read or written.
    fn respond(&self, finding: &mut Finding) -> Result<(), ResponderError>;
}

/// Why the ledger did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResponderError {
    /// It may work later: the watcher tries again until it does.
    #[error("{0}")]
    Later(String),
    /// The ledger has answered, with no.
    #[error("{0}")]
    Refused(String),
}

/// Responds through the use cases.
pub struct AppResponder {
    app: Arc<App>,
    caller: Caller,
}

impl AppResponder {
    /// Acts as `caller` on the ledger of `app`.
    pub fn new(app: Arc<App>, caller: Caller) -> Self {
        Self { app, caller }
    }
}

impl Responder for AppResponder {
    fn prefixes(&self) -> Result<Vec<Prefix>, ResponderError> {
        Ok(self.app.prefixes()?)
    }

    fn imported(&self) -> Result<Rules, ResponderError> {
        // Those that cannot be looked for are told by `scan` and by hooks.
        Ok(self.app.imported_rules()?.0)
    }

    fn judge(&self, findings: &mut [Finding]) -> Result<(), ResponderError> {
        Ok(intake::judge(&self.app, findings)?)
    }

    fn respond(&self, finding: &mut Finding) -> Result<(), ResponderError> {
        intake::respond(&self.app, &self.caller, finding)?;
        Ok(())
    }
}

impl From<AppError> for ResponderError {
    fn from(error: AppError) -> Self {
        let text = redact_text(&error.to_string()).into_owned();
        match error {
            AppError::Refused(_) => Self::Refused(text),
            _ => Self::Later(text),
        }
    }
}
