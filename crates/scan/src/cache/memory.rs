//! What is remembered of a repository's history: packs by their checksums, as they never change;
//! loose objects by their ids; both with what tells that their files are those that were read; and
//! what was not clean, to be judged anew.
//!
//! Two files: a small one that is read by every run and replaced as a whole, and one with the ids
//! of all packed objects, read only when a pack is gone. A crash between the two leaves a sum
//! that does not fit, and then the ids are not believed.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use sha2::{Digest as _, Sha256};

use super::format::{self, Said};
use super::seen::{Dirty, SeenLoose, SeenPack};
use super::wall::{CacheError, create, make_private, read, recall};

/// The memory of one repository. While it is open no other process writes it.
pub(crate) struct Memory {
    path: PathBuf,
    key: [u8; 32],
    width: usize,
    /// Locked.
    ids: File,
    said: Said,
    known: bool,
}

impl Memory {
    /// Takes up what is remembered of the repository with this name (its directories) for this
    /// search; nothing, if it cannot be trusted.
    ///
    /// # Errors
    /// When there can be no memory here.
    pub(crate) fn open(
        directory: &Path,
        repository: &[u8],
        search: [u8; 32],
        hash: gix::hash::Kind,
    ) -> Result<Self, CacheError> {
        make_private(directory)?;
        let name = Sha256::digest(repository);
        let path = directory.join(format!("history-{}", hex::encode(&name[..20])));
        let mut key = Sha256::new();
        key.update(search);
        key.update(repository);
        let (key, width) = (key.finalize().into(), hash.len_in_bytes());
        let ids_path = path.with_extension("ids");
        let ids = match recall(&ids_path)? {
            Some(ids) => ids,
            None => create(&ids_path)?,
        };
        let said = match recall(&path)? {
            Some(file) => format::read(&read(&file)?, &key, width),
            None => None,
        };
        let known = said.is_some();
        Ok(Self { path, key, width, ids, said: said.unwrap_or_default(), known })
    }

    /// Whether there is anything to remember.
    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    /// Forgets everything.
    pub(crate) fn forget(&mut self) {
        (self.said, self.known) = (Said::default(), false);
    }

    /// How many objects were read and found clean.
    pub(crate) fn clean(&self) -> u64 {
        self.said.clean
    }

    /// The packs that were read.
    pub(crate) fn packs(&self) -> &[SeenPack] {
        &self.said.packs
    }

    /// Loose objects that were read, sorted by their ids.
    pub(crate) fn loose(&self) -> &[SeenLoose] {
        &self.said.loose
    }

    pub(crate) fn dirty(&self) -> &[Dirty] {
        &self.said.dirty
    }

    pub(crate) fn absent(&self) -> &[ObjectId] {
        &self.said.absent
    }

    /// Where a commit of another repository is named: a tree, and the number of its entry.
    pub(crate) fn gitlinks(&self) -> &[(ObjectId, u32)] {
        &self.said.gitlinks
    }

    /// The ids of all objects in the packs, in no order, one after the other. `None`: they cannot
    /// be believed.
    pub(crate) fn ids(&self) -> Option<Vec<u8>> {
        let mut bytes = read(&self.ids).ok()?;
        bytes.truncate(usize::try_from(self.said.ids_length).ok()?);
        let whole = bytes.len() as u64 == self.said.ids_length;
        (whole && crc32fast::hash(&bytes) == self.said.ids_sum).then_some(bytes)
    }

    /// Writes down what is to be remembered from now on: `now`, and the ids of all objects in
    /// packs, or only those of packs that were not known before (`is_more`).
    ///
    /// # Errors
    /// When the files cannot be written.
    pub(crate) fn note(
        mut self,
        now: Remembered,
        ids: &mut dyn Iterator<Item = &[u8]>,
        is_more: bool,
    ) -> Result<(), CacheError> {
        let Remembered { clean, packs, loose, dirty, absent, gitlinks } = now;
        let mut bytes = Vec::new();
        ids.for_each(|id| bytes.extend_from_slice(id));
        let (mut ids_length, mut ids_sum) = (self.said.ids_length, self.said.ids_sum);
        if !is_more {
            (ids_length, ids_sum) = (0, 0);
            self.ids.set_len(0)?;
        } else if !bytes.is_empty() {
            // What a crash has left behind the end.
            self.ids.set_len(ids_length)?;
        }
        if !bytes.is_empty() {
            self.ids.write_all(&bytes)?;
            ids_length += bytes.len() as u64;
            let mut sum = crc32fast::Hasher::new_with_initial(ids_sum);
            sum.update(&bytes);
            ids_sum = sum.finalize();
        }
        let said = Said { clean, ids_length, ids_sum, packs, loose, dirty, absent, gitlinks };
        if self.known && said == self.said {
            return Ok(());
        }
        let beside = self.path.with_extension("new");
        create(&beside)?.write_all(&format::write(&self.key, self.width, &said))?;
        fs::rename(&beside, &self.path)?;
        Ok(())
    }
}

/// What is to be remembered beside the ids of packed objects.
#[derive(Default)]
pub(crate) struct Remembered {
    /// How many objects are clean.
    pub(crate) clean: u64,
    pub(crate) packs: Vec<SeenPack>,
    pub(crate) loose: Vec<SeenLoose>,
    pub(crate) dirty: Vec<Dirty>,
    pub(crate) absent: Vec<ObjectId>,
    pub(crate) gitlinks: Vec<(ObjectId, u32)>,
}
