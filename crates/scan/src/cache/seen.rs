//! What a memory holds.

use gix::ObjectId;

use super::stamp::SeenFile;

/// An object that is not clean, and what is known about how it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dirty {
    pub(crate) id: ObjectId,
    /// By which commits, and where; `None`: that was not looked up.
    pub(crate) ways: Option<Vec<Way>>,
    /// There are more of them.
    pub(crate) is_bounded: bool,
}

/// The commit that brought something in, and where: the numbers of the entries from its tree down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) commit: ObjectId,
    pub(crate) entries: Vec<u32>,
}

/// A pack that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenPack {
    pub(crate) checksum: ObjectId,
    pub(crate) index: SeenFile,
    pub(crate) data: SeenFile,
}

/// A loose object that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenLoose {
    pub(crate) id: ObjectId,
    pub(crate) file: SeenFile,
}
