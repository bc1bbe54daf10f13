//! How a watcher is told to end.

use crossbeam_channel::{Receiver, Sender, bounded};

/// Ends the watcher it belongs to: when told to, or when dropped.
#[derive(Debug)]
pub struct Stopper(Sender<()>);

/// The watcher's side.
#[derive(Debug)]
pub struct Stop(pub(crate) Receiver<()>);

/// A pair of both.
pub fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = bounded(1);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Asks the watcher to end. It finishes what it is responding to and returns.
    pub fn stop(&self) {
        // Full: it has been asked already.
        self.0.try_send(()).ok();
    }
}
