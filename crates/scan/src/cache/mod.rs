//! What is remembered from one scan of a repository to the next: disposable files in a directory
//! of the caller's.
//!
//! They save reading the same objects again and decide nothing: what holds a token, or could not
//! be read, is never among the clean and is judged anew by every run.
//!
//! No name and no path is in them, as those may hold secrets: only ids, numbers and digests.
//!
//! A file that is torn, foreign, made for another search, or open to others is thrown away.

mod format;
mod memory;
mod seen;
mod stamp;
mod wall;

pub(crate) use memory::{Memory, Remembered};
pub(crate) use seen::{Dirty, SeenLoose, SeenPack, Way};
pub(crate) use stamp::{SeenFile, Stamp};
pub use wall::{CacheError, create, make_private, read, recall};

use sha2::{Digest as _, Sha256};

use crate::{Detector, Options};

/// Changes when what a search finds changes though the detector does not say so, so that
/// everything is searched anew.
const SEARCH_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "/5");

/// What a search would find: two searches with the same digest find the same in the same bytes.
pub fn search_digest(detector: &Detector, options: &Options) -> [u8; 32] {
    let mut sum = Sha256::new();
    sum.update(SEARCH_VERSION.as_bytes());
    sum.update(detector.digest());
    sum.update((options.max_archive_depth as u64).to_le_bytes());
    sum.finalize().into()
}
