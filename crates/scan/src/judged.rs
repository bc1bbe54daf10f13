//! Literals that were looked at and found to be nothing, so that what is made of a content need not
//! be searched for those it has taken over.

/// A literal of a rule in a content, and the bytes on which it depends that it is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Judged {
    /// Where it begins.
    pub(crate) at: usize,
    /// Its bytes and those behind it without which it is not noticed.
    pub(crate) needs: usize,
    /// The bytes before it that were looked at, at most, whether there are so many or not.
    pub(crate) before: usize,
    /// The bytes from its beginning on that were looked at, in the same way.
    pub(crate) after: usize,
}

/// More of them in one content are not kept: it is taken for one in which something may be found.
pub(crate) const MAX_JUDGED: usize = 256;
