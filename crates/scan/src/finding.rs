//! A finding: one token at one place. It names the secret by prefix, id and digest and never
//! holds it; every text in it is redacted before it gets here.

use bstr::BString;
use patrol_token::{Prefix, Redacted, TokenDigest, TokenId};

use crate::{Match, Place, Position};

/// The rule that finds tokens of our own format.
pub const RULE: &str = "patrol-token";

/// A checksum-valid token and where it stands.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The token's public id.
    pub token_id: TokenId,
    /// SHA-256 of the whole token.
    pub digest: TokenDigest,
    /// The token's prefix.
    pub prefix: Prefix,
    /// The form in which the token may be shown.
    pub redacted: Redacted,
    /// The same for every copy of this content; the finding's fingerprint is its text.
    pub place: Place,
    /// Where that is, for people.
    pub location: Location,
    /// What the ledger says; `None` until somebody asks it.
    pub status: Option<Status>,
    /// Whose token it is; `None` until the ledger is asked, and for strangers.
    pub owner: Option<String>,
    /// What was done about it.
    pub action: Action,
}

impl Finding {
    pub(crate) fn new(found: &Match<'_>, place: Place, location: Location) -> Self {
        Self {
            token_id: found.token.id(),
            digest: found.token.digest(),
            prefix: found.prefix.clone(),
            redacted: found.token.redacted(),
            place,
            location,
            status: None,
            owner: None,
            action: Action::None,
        }
    }

    /// What findings are sorted by, so that two runs over the same content agree.
    pub fn order_key(&self) -> OrderKey<'_> {
        let at = &self.location;
        OrderKey(
            (at.repository.as_deref(), at.path.as_ref(), at.reference.as_deref()),
            (at.source, at.object.as_deref(), at.offset),
            (self.token_id, self.prefix.as_str(), self.place),
        )
    }
}

type Where<'a> = (Option<&'a str>, Option<&'a BString>, Option<&'a str>);
type Within<'a> = (SourceKind, Option<&'a str>, u64);

/// The order of findings: repository, path, ref, kind of source, object, offset, token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderKey<'a>(Where<'a>, Within<'a>, (TokenId, &'a str, Place));

/// Where a finding stands. Lines, columns and `offset` count from 1; columns are bytes; the end
/// is exclusive: the column after the last byte.
///
/// Line and column count within the part that `source` names: the file, the blob, the commit
/// message, the name of the tree entry. `offset` counts within the whole content: the file, or
/// the body of the git object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The kind of thing that holds it.
    pub source: SourceKind,
    /// The repository, where there is one.
    pub repository: Option<String>,
    /// The git object, in hexadecimal.
    pub object: Option<String>,
    /// The ref whose name or log holds it.
    pub reference: Option<String>,
    /// The path, in its own bytes.
    pub path: Option<BString>,
    /// The line of the first byte.
    pub line: u64,
    /// The column of the first byte.
    pub column: u64,
    /// The line of the last byte.
    pub end_line: u64,
    /// The column after the last byte.
    pub end_column: u64,
    /// The first byte, from 1.
    pub offset: u64,
    /// The commit that brought it in, in hexadecimal.
    pub commit: Option<String>,
    /// Who wrote that commit or tag, as `Name <email>`.
    pub author: Option<String>,
    /// When, in RFC 3339, UTC.
    pub date: Option<String>,
}

impl Location {
    /// A location with nothing known but the position of a token of `len` bytes that begins
    /// `start` bytes (from 0) into the content.
    pub(crate) fn new(source: SourceKind, at: Position, start: u64, len: usize) -> Self {
        Self {
            source,
            repository: None,
            object: None,
            reference: None,
            path: None,
            line: at.line,
            column: at.column,
            // A token holds no line end, so it ends on the line it begins on.
            end_line: at.line,
            end_column: at.column + len as u64,
            offset: start + 1,
            commit: None,
            author: None,
            date: None,
        }
    }
}

/// The kind of thing that holds a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// A file, or the text of a symbolic link.
    Worktree,
    /// A blob of the git index.
    Index,
    /// A blob of the object database.
    Blob,
    /// A commit's message.
    CommitMessage,
    /// A commit's author line.
    Author,
    /// A commit's committer line.
    Committer,
    /// An annotated tag's name or message.
    Tag,
    /// An annotated tag's tagger line.
    Tagger,
    /// A blob under `refs/notes`.
    Note,
    /// A ref's name.
    Ref,
    /// A name in a tree: a file or directory name.
    TreeEntry,
    /// Any other header of a commit or tag.
    Header,
    /// A line of a reflog.
    Reflog,
    /// Standard input.
    Stdin,
}

impl SourceKind {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Worktree => "worktree",
            Self::Index => "index",
            Self::Blob => "blob",
            Self::CommitMessage => "commit-message",
            Self::Author => "author",
            Self::Committer => "committer",
            Self::Tag => "tag",
            Self::Tagger => "tagger",
            Self::Note => "note",
            Self::Ref => "ref",
            Self::TreeEntry => "tree-entry",
            Self::Header => "header",
            Self::Reflog => "reflog",
            Self::Stdin => "stdin",
        }
    }
}

/// What the ledger says about a found token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Issued, and it works.
    Active,
    /// Issued, and it does not work at present.
    Suspended,
    /// Issued, past its time.
    Expired,
    /// Issued, revoked for good.
    Revoked,
    /// Well-formed but not issued by this ledger, or the secret differs.
    Unknown,
}

impl Status {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Unknown => "unknown",
        }
    }
}

/// What was done about a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Nothing.
    #[default]
    None,
    /// The token was revoked because of it.
    Revoked,
    /// The token was suspended because of it.
    Suspended,
    /// The token had been revoked or suspended before.
    Already,
}

impl Action {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::Already => "already",
        }
    }
}
