//! What keeps a scan from beginning, in words.

use patrol_scan::ScanError;

use super::{CliError, Kind};

impl From<ScanError> for CliError {
    fn from(error: ScanError) -> Self {
        let message = error.to_string();
        let io = |hint: &str| Self::new(Kind::Io, &message).hint(hint);
        match error {
            ScanError::NoSuchPath { .. } => io("check the path"),
            ScanError::Unreadable { .. } => io("see who may read it"),
            ScanError::NotARepository { .. } => {
                io("stand in a git repository, or name one; to scan files, leave the git flag out")
            }
            ScanError::Repository { .. } | ScanError::Index { .. } => {
                io("`git fsck` tells what is wrong with it")
            }
            ScanError::Revision { .. } => Self::usage(message).hint(
                "name revisions as git does, such as main..HEAD. Before the first commit, and \
                     beyond the end of a shallow clone (`git fetch --deepen=1` moves it), there is \
                     none: --history reads all there is",
            ),
        }
    }
}
