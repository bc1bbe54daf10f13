//! Git sources: the index, ranges of commits, every object, what a push brings in, and what is new
//! since last time.
//!
//! Everything is read in this process, from the files of the repository. No program is run, no
//! hook, filter, diff driver or file-system monitor that a repository's configuration names, and
//! nothing is fetched. Replacement refs are ignored: objects are read under their own names. To
//! whom the repository belongs does not matter, as nothing in it is obeyed.

mod attribution;
mod blobs;
mod catalog;
mod commit;
mod content;
mod diff;
mod discover;
mod environment;
mod fresh;
mod history;
mod known;
mod lfs;
mod names;
mod object;
mod objects;
mod odb;
mod open;
mod origins;
mod pack;
mod paths;
mod places;
mod plain;
mod pre_receive;
mod range;
mod reachable;
mod reflog;
mod revisions;
mod since;
mod small;
mod staged;
mod submodules;
mod text;
mod unread;
mod updates;
mod walk;

pub use content::Contents;
pub use discover::{RepositoryPaths, at, discover, locate};
pub use environment::GitEnvironment;
pub use gix::ObjectId;
pub use history::history;
pub use pre_receive::{Received, pre_receive};
pub use range::range;
pub use reachable::{Reached, SeenObjects, reachable};
pub use revisions::Revisions;
pub use since::{since, tips};
pub use staged::staged;
pub use submodules::submodules;
pub use updates::{Update, Updates, UpdatesError};
