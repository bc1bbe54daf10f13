//! An opened repository: its parts, its object database and its name in reports.
//!
//! Of the configuration only the keys are read that say how the repository is stored. Includes
//! are not followed.

use std::path::{Path, PathBuf};

use gix::ObjectId;

use super::discover::{locate, text};
use super::odb::Odb;
use super::small::{LIST, SMALL, is_absent, read_small};
use super::text::object_id;
use super::{GitEnvironment, RepositoryPaths};
use crate::error::reason;
use crate::{Coverage, Reason, ScanError};

/// A repository to read from.
pub(crate) struct Repo {
    pub(crate) paths: RepositoryPaths,
    /// As reports name it: the top of the work tree, or the git directory.
    pub(crate) name: String,
    pub(crate) odb: Odb,
    /// Refs are stored as files; otherwise they cannot be read.
    pub(crate) refs_are_files: bool,
    /// The index, which need not exist.
    pub(crate) index: PathBuf,
}

impl Repo {
    /// Opens the repository that `path` is in, or that the environment names.
    pub(crate) fn open(path: &Path, env: &GitEnvironment) -> Result<Self, ScanError> {
        let paths = locate(path, env)?;
        let env = env.seen_from(path);
        let name = text(paths.work_tree.as_deref().unwrap_or(&paths.git_dir));
        let broken = |why: String| ScanError::Repository { path: name.clone(), why };
        let storage = Storage::read(&paths.common_dir).map_err(broken)?;
        let own = env.object_directory.unwrap_or_else(|| paths.common_dir.join("objects"));
        if !own.is_dir() {
            return Err(broken("its objects directory is not there".to_owned()));
        }
        let mut directories = vec![own];
        directories.extend(env.alternate_object_directories.into_iter().filter(|dir| dir.is_dir()));
        let odb = Odb::open(directories, storage.hash).map_err(broken)?;
        let index = env.index_file.unwrap_or_else(|| paths.git_dir.join("index"));
        Ok(Self { paths, name, odb, refs_are_files: storage.refs_are_files, index })
    }

    /// The commits at which a shallow clone was cut off.
    pub(crate) fn shallow(&self) -> Vec<ObjectId> {
        // Without it, what is not there is absent, which is in the coverage as well.
        let content = read_small(&self.paths.common_dir.join("shallow"), LIST).unwrap_or_default();
        content.split(|byte| *byte == b'\n').filter_map(|id| self.id(id)).collect()
    }

    /// An id in hexadecimal, of the length that this repository uses.
    pub(crate) fn id(&self, hex: &[u8]) -> Option<ObjectId> {
        object_id(hex, self.odb.hash())
    }

    /// Says in the coverage that the refs could not be read, if so, and how the objects were.
    pub(crate) fn note_storage(&self, coverage: &mut Coverage) {
        self.odb.note(coverage);
        if !self.refs_are_files {
            let what = format!("the refs of {}", self.name);
            coverage.skip_because(what.as_bytes(), Reason::Unsupported, Some("reftable"));
        }
    }
}

struct Storage {
    hash: gix::hash::Kind,
    refs_are_files: bool,
}

impl Storage {
    fn read(common_dir: &Path) -> Result<Self, String> {
        let file = common_dir.join("config");
        let mut it = Self { hash: gix::hash::Kind::Sha1, refs_are_files: true };
        let content = match read_small(&file, SMALL) {
            Ok(content) => content,
            Err(error) if is_absent(&error) => return Ok(it),
            Err(error) => return Err(format!("its config: {error}")),
        };
        let source = gix::config::file::Metadata::from(gix::config::Source::Local);
        let config =
            gix::config::File::from_bytes_no_includes(&content, source, Default::default())
                .map_err(|error| reason(&error))?;
        let value = |key: &str| config.string(key).map(|value| value.to_string().to_lowercase());
        match value("extensions.objectFormat").as_deref() {
            None | Some("sha1") => {}
            Some("sha256") => it.hash = gix::hash::Kind::Sha256,
            Some(other) => return Err(format!("its object format {other} is not known")),
        }
        it.refs_are_files = value("extensions.refStorage").is_none_or(|kind| kind == "files");
        Ok(it)
    }
}
