//! The reasons for which something is not read, and whether each makes a scan incomplete.

/// Whether not having read something makes a scan incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// It has no content of its own to read.
    Nature,
    /// The user left it out.
    Choice,
    /// It should have been read.
    NotRead,
}

impl Class {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nature => "nature",
            Self::Choice => "choice",
            Self::NotRead => "not-read",
        }
    }
}

/// Why something was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A named pipe; opening one may wait for ever.
    Fifo,
    /// A socket.
    Socket,
    /// A block or character device.
    Device,
    /// What a symbolic link points to, outside the roots; the link's own text was read.
    SymlinkTarget,
    /// A commit of another repository (a submodule).
    Gitlink,
    /// A `.git` directory or file in a scan of files.
    DotGit,
    /// A path that the user excluded.
    Excluded,
    /// A finding that the user's baseline knows.
    Baseline,
    /// Accepted otherwise: by a comment on its line, or as gitleaks does.
    Accepted,
    /// The operating system refused.
    Permission,
    /// It was there and is gone.
    Vanished,
    /// It could not be decoded, or reading failed.
    Damaged,
    /// It grew faster than it could be read.
    Growing,
    /// A git object that does not fit into the memory one thread may use.
    TooLarge,
    /// A git object that others name and the repository does not have.
    Absent,
    /// History goes on beyond this commit, elsewhere.
    Shallow,
    /// Encoded content beyond what is decoded of one content; what is plain was searched.
    SearchBound,
    /// Paths of one content beyond those that are told, or in trees that have more than can be gone;
    /// the content was searched.
    PathBound,
    /// Findings beyond those that are kept of one content, or of one run.
    FindingBound,
    /// An archive beyond its bounds.
    ArchiveBound,
    /// An archive that needs a password.
    Encrypted,
    /// A large-file pointer whose content is not here.
    LfsPayload,
    /// A storage format that cannot be read.
    Unsupported,
    /// The scan was stopped, or ran out of time.
    Stopped,
}

impl Reason {
    /// Whether this makes a scan incomplete.
    pub fn class(self) -> Class {
        match self {
            Self::Fifo
            | Self::Socket
            | Self::Device
            | Self::SymlinkTarget
            | Self::Gitlink
            | Self::DotGit => Class::Nature,
            Self::Excluded | Self::Baseline | Self::Accepted => Class::Choice,
            Self::Permission
            | Self::Vanished
            | Self::Damaged
            | Self::Growing
            | Self::TooLarge
            | Self::Absent
            | Self::Shallow
            | Self::SearchBound
            | Self::PathBound
            | Self::FindingBound
            | Self::ArchiveBound
            | Self::Encrypted
            | Self::LfsPayload
            | Self::Unsupported
            | Self::Stopped => Class::NotRead,
        }
    }

    /// The words in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fifo => "fifo",
            Self::Socket => "socket",
            Self::Device => "device",
            Self::SymlinkTarget => "symlink target outside the roots",
            Self::Gitlink => "gitlink",
            Self::DotGit => ".git",
            Self::Excluded => "excluded",
            Self::Baseline => "baseline",
            Self::Accepted => "accepted",
            Self::Permission => "permission",
            Self::Vanished => "vanished",
            Self::Damaged => "damaged",
            Self::Growing => "still growing",
            Self::TooLarge => "size bound",
            Self::Absent => "absent object",
            Self::Shallow => "shallow boundary",
            Self::SearchBound => "search bound",
            Self::PathBound => "path bound",
            Self::FindingBound => "finding bound",
            Self::ArchiveBound => "archive bound",
            Self::Encrypted => "encrypted archive",
            Self::LfsPayload => "LFS pointer without payload",
            Self::Unsupported => "unsupported storage",
            Self::Stopped => "interrupted",
        }
    }

    /// The reason behind an error of the operating system.
    pub fn of_io(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::PermissionDenied => Self::Permission,
            std::io::ErrorKind::NotFound => Self::Vanished,
            _ => Self::Damaged,
        }
    }
}
