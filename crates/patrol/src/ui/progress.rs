//! A sign of life on a terminal while long work goes on, and nothing elsewhere.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often the sign moves.
const TICK: Duration = Duration::from_millis(120);

/// It is shown until this is dropped.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Shows `what` is going on, if `watched`.
    pub(super) fn new(watched: bool, what: &str) -> Self {
        Self(watched.then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.set_message(what.to_owned());
            bar.enable_steady_tick(TICK);
            bar
        }))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
