//! What is looked for: the ledger's prefixes as they are now. A prefix that is added while the
//! watcher runs makes a new generation, and everything is looked at again.

use std::sync::{Arc, PoisonError, RwLock};

use patrol_scan::Detector;

use crate::responder::{Responder, ResponderError};

/// One set of prefixes.
pub(crate) struct Search {
    /// Counts up with every change.
    pub(crate) generation: u64,
    /// Finds tokens with these prefixes.
    pub(crate) detector: Detector,
}

/// The present search, shared by all threads.
pub(crate) struct Searches {
    responder: Arc<dyn Responder>,
    current: RwLock<Arc<Search>>,
}

impl Searches {
    /// Asks for the prefixes for the first time.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(crate) fn new(responder: Arc<dyn Responder>) -> Result<Self, ResponderError> {
        let detector = Detector::new(&responder.prefixes()?).with_rules(responder.imported()?);
        let current = RwLock::new(Arc::new(Search { generation: 0, detector }));
        Ok(Self { responder, current })
    }

    /// The search as it was when last asked for.
    pub(crate) fn current(&self) -> Arc<Search> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks for the prefixes again; says whether they have changed. When the ledger does not
    /// answer, the last ones stand: its silence must not blind the watcher.
    pub(crate) fn refresh(&self) -> bool {
        let Ok(mut prefixes) = self.responder.prefixes() else { return false };
        prefixes.sort();
        prefixes.dedup();
        let Ok(imported) = self.responder.imported() else { return false };
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let known = &current.detector;
        if known.prefixes() == prefixes && known.rules().digest() == imported.digest() {
            return false;
        }
        let detector = Detector::new(&prefixes).with_rules(imported);
        *current = Arc::new(Search { generation: current.generation + 1, detector });
        true
    }
}
