//! An object database read with no other means than packs and loose objects, for one whose
//! alternates lead round in circles: git ignores the circle, and the library that is used else
//! does not open such a database at all. It is slower, and rarely needed.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use gix::ObjectId;
use gix::objs::Kind;
use gix::odb::loose;

use super::pack::Pack;
use super::small::{SMALL, read_small};
use super::unread::{MAX_OBJECT, Unread};

/// The packs and loose objects of some directories. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Plain(Arc<Stores>);

struct Stores {
    packs: Vec<Pack>,
    loose: Vec<loose::Store>,
}

impl Plain {
    /// Opens the directories. Packs that cannot be opened are named when they are listed.
    pub(crate) fn open(directories: &[PathBuf], hash: gix::hash::Kind) -> Self {
        let entries = directories.iter().flat_map(|it| fs::read_dir(it.join("pack"))).flatten();
        let paths = entries.flatten().map(|entry| entry.path());
        let indexes = paths.filter(|path| path.extension().is_some_and(|it| it == "idx"));
        let packs = indexes.filter_map(|index| Pack::open(&index, hash).ok()).collect();
        let options = loose::Options { alloc_limit_bytes: Some(MAX_OBJECT), ..Default::default() };
        let loose = directories.iter().map(|it| loose::Store::at_opts(it, hash, options));
        Self(Arc::new(Stores { packs, loose: loose.collect() }))
    }

    /// Reads an object into `body`; `None` if it is not there.
    pub(crate) fn read(&self, id: &ObjectId, body: &mut Vec<u8>) -> Result<Option<Kind>, Unread> {
        let Stores { packs, loose } = &*self.0;
        if let Some(kind) = packs.iter().find_map(|pack| pack.read(id, body)) {
            return Ok(Some(kind));
        }
        for store in loose.iter().filter(|store| store.contains(id)) {
            let found = store.try_find(id, body);
            let found = found.map_err(|error| Unread::damaged(&crate::error::reason(&error)))?;
            if let Some((kind, length)) = found.map(|found| (found.kind, found.data.len())) {
                body.truncate(length);
                return Ok(Some(kind));
            }
        }
        match packs.iter().any(|pack| pack.find(id).is_some()) {
            true => Err(Unread::damaged("its entry in a pack is damaged")),
            false => Ok(None),
        }
    }

    pub(crate) fn has(&self, id: &ObjectId) -> bool {
        let Stores { packs, loose } = &*self.0;
        packs.iter().any(|pack| pack.find(id).is_some())
            || loose.iter().any(|store| store.contains(id))
    }
}

/// Some object directories and all their alternates, each once.
pub(crate) fn with_alternates(directories: &[PathBuf]) -> Vec<PathBuf> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    let mut waiting: Vec<PathBuf> = directories.iter().rev().cloned().collect();
    while let Some(directory) = waiting.pop() {
        if !fs::canonicalize(&directory).is_ok_and(|real| seen.insert(real)) {
            continue;
        }
        let listed = read_small(&directory.join("info/alternates"), SMALL).unwrap_or_default();
        let named = gix::odb::alternate::parse(&listed).unwrap_or_default();
        waiting.extend(named.iter().rev().map(|path| directory.join(path)));
        all.push(directory);
    }
    all
}
