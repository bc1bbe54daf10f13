//! Objects that are not read, and why.

use gix::objs::Kind;

use crate::Reason;

/// An object larger than this is not read but named in the coverage: it would have to be held in
/// memory whole.
pub(crate) const MAX_OBJECT: usize = 1024 * 1024 * 1024;

/// Why an object could not be read.
#[derive(Clone, Debug)]
pub(crate) struct Unread {
    pub(crate) reason: Reason,
    pub(crate) detail: Option<String>,
}

impl Unread {
    /// Something is wrong with it.
    pub(crate) fn damaged(why: &str) -> Self {
        Self { reason: Reason::Damaged, detail: Some(why.to_owned()) }
    }

    /// An object of another kind than what names it says.
    pub(crate) fn of_kind(kind: Kind, wanted: Kind) -> Self {
        Self { reason: Reason::Damaged, detail: Some(format!("it is a {kind} and no {wanted}")) }
    }
}
