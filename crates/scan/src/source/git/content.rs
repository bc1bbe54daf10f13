//! The content of a blob, for what a report tells of the lines of a finding.

use std::path::Path;

use gix::objs::Kind;

use super::GitEnvironment;
use super::open::Repo;
use crate::ScanError;

/// Reads blobs of one repository by their ids.
pub struct Contents(Repo);

impl Contents {
    /// Opens the repository that `path` is in, or that the environment names.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open(path: &Path, env: &GitEnvironment) -> Result<Self, ScanError> {
        Repo::open(path, env).map(Self)
    }

    /// The blob with this id in hexadecimal; `None` if it cannot be had. It is in memory whole,
    /// within the bound that holds for every object.
    pub fn blob(&self, id: &str) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        let kind = self.0.odb.read(&self.0.id(id.as_bytes())?, &mut body).ok()?;
        (kind == Kind::Blob).then_some(body)
    }
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Contents").field(&self.0.name).finish()
    }
}
