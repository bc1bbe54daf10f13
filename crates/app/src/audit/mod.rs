//! The auditor's questions: what changed, what leaked and when it was ended, what a leaver held, who
//! reviewed what. All answers are derived from the log; nothing here is stored.

mod change;
mod controls;
mod export;
mod exposure;
mod leaver;
pub mod page;
mod report;
mod review;
mod reviewer;
mod words;

pub use change::{Changed, Past};
pub use export::{Export, ExportFormat, Exported, found_at};
pub use exposure::{Exposure, Step};
pub use leaver::{Held, Leaver};
pub use report::{Entry, List, Period, Report, Times};
pub use review::{ReviewScope, ReviewView, ReviewedToken, reviews_document};
