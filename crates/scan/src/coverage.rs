//! The coverage record: what was read and what was not, so that "nothing found" can be believed.

use std::collections::BTreeMap;

use crate::redact_lossy;

/// Entries listed for one reason; the ones after it are counted in one more entry, so that a
/// partial clone with a million absent blobs stays a report.
const MAX_LISTED: usize = 1_000;

/// What a scan has read, and each thing it has not read with the reason.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Files read: of a tree, of the index, or the one stream.
    pub files: u64,
    /// Bytes searched.
    pub bytes: u64,
    /// Git objects read.
    pub objects: u64,
    skipped: BTreeMap<Reason, Listed>,
}

#[derive(Clone, Debug, Default)]
struct Listed {
    entries: Vec<Skipped>,
    unlisted: u64,
}

impl Coverage {
    /// Notes a thing that was not read. `what` (a path, a ref, an object id) is redacted here.
    pub fn skip(&mut self, what: &[u8], reason: Reason) {
        self.skip_because(what, reason, None);
    }

    /// As [`Coverage::skip`], with what the operating system or the decoder said.
    pub fn skip_because(&mut self, what: &[u8], reason: Reason, detail: Option<&str>) {
        let listed = self.skipped.entry(reason).or_default();
        if listed.entries.len() >= MAX_LISTED {
            listed.unlisted += 1;
            return;
        }
        let detail = detail.map(|text| redact_lossy(text.as_bytes()));
        listed.entries.push(Skipped { what: redact_lossy(what), reason, detail });
    }

    /// Adds what another part of the same scan has read.
    pub fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.objects += other.objects;
        for (reason, more) in other.skipped {
            let listed = self.skipped.entry(reason).or_default();
            let room = MAX_LISTED.saturating_sub(listed.entries.len()).min(more.entries.len());
            listed.unlisted += more.unlisted + (more.entries.len() - room) as u64;
            listed.entries.extend(more.entries.into_iter().take(room));
        }
    }

    /// Everything that was asked for was read, but for what cannot be read by its nature or was
    /// left out by choice.
    pub fn is_complete(&self) -> bool {
        self.skipped.keys().all(|reason| reason.class() != Class::NotRead)
    }

    /// Something was left out by choice.
    pub fn is_limited(&self) -> bool {
        self.skipped.keys().any(|reason| reason.class() == Class::Choice)
    }

    /// What was not read, by reason and name. Beyond 1,000 for one reason, the last entry of the
    /// reason says how many more there are.
    pub fn skipped(&self) -> Vec<Skipped> {
        let mut all = Vec::new();
        for (reason, listed) in &self.skipped {
            let mut entries = listed.entries.clone();
            entries.sort();
            all.extend(entries);
            if listed.unlisted > 0 {
                let what = format!("and {} more", listed.unlisted);
                all.push(Skipped { what, reason: *reason, detail: None });
            }
        }
        all
    }
}

/// One thing that was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// A path, a ref or an object id.
    pub what: String,
    /// Why.
    pub reason: Reason,
    /// What the operating system or the decoder said.
    pub detail: Option<String>,
}

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
            Self::Excluded | Self::Baseline => Class::Choice,
            Self::Permission
            | Self::Vanished
            | Self::Damaged
            | Self::Growing
            | Self::TooLarge
            | Self::Absent
            | Self::Shallow
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
            Self::Permission => "permission",
            Self::Vanished => "vanished",
            Self::Damaged => "damaged",
            Self::Growing => "still growing",
            Self::TooLarge => "size bound",
            Self::Absent => "absent object",
            Self::Shallow => "shallow boundary",
            Self::ArchiveBound => "archive bound",
            Self::Encrypted => "encrypted archive",
            Self::LfsPayload => "LFS pointer without payload",
            Self::Unsupported => "unsupported storage",
            Self::Stopped => "time bound",
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

#[cfg(test)]
mod tests {
    use super::{Coverage, MAX_LISTED, Reason};

    #[test]
    fn the_list_is_bounded_and_counts_on() {
        let mut coverage = Coverage::default();
        for n in 0..MAX_LISTED + 5 {
            coverage.skip(format!("{n:05}").as_bytes(), Reason::Absent);
        }
        let mut whole = coverage.clone();
        whole.merge(coverage);
        let skipped = whole.skipped();
        assert_eq!(skipped.len(), MAX_LISTED + 1);
        assert_eq!(skipped[MAX_LISTED].what, format!("and {} more", MAX_LISTED + 10));
        assert!(!whole.is_complete() && !whole.is_limited());
    }
}
