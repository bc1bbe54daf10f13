//! The auditor's questions: what changed, what leaked and when it was ended, what a leaver held, who
//! reviewed what. All answers are derived from the log; nothing here is stored.

mod change;
mod export;

pub use change::{Changed, Past};
pub use export::{Export, ExportFormat, Exported};
