//! The object database: loose and packed objects, alternates, and the directories that the
//! environment adds. Read only, under the objects' own names.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::objs::{Find as _, Kind};

use super::discover::text;
use super::lookup::Lookup;
use super::plain::{self, Plain};
use super::small::{SMALL, holding_up, is_absent, read_small};
use super::unread::{MAX_OBJECT, Unread};
use crate::error::reason;
use crate::{Coverage, Reason};

/// Bytes of delta bases kept by each thread.
const BASE_CACHE: usize = 96 * 1024 * 1024;

/// A handle for one thread; clones share what is open and cache for themselves.
#[derive(Clone)]
pub(crate) struct Odb {
    stores: Vec<gix::odb::Handle>,
    /// Before the stores, for whoever asks for little.
    lookup: Option<Lookup>,
    /// In the place of the stores, if alternates lead round in circles.
    plain: Option<Plain>,
    directories: Vec<PathBuf>,
    hash: gix::hash::Kind,
}

impl Odb {
    /// Opens the object directories, the first one with its own alternates.
    pub(crate) fn open(directories: Vec<PathBuf>, hash: gix::hash::Kind) -> Result<Self, String> {
        let mut stores = Vec::new();
        check_storage(&directories)?;
        if directories.iter().any(|it| alternates(it).is_err()) {
            let plain = Plain::open(&plain::with_alternates(&directories), hash);
            return Ok(Self { stores, lookup: None, plain: Some(plain), directories, hash });
        }
        for directory in &directories {
            let options = gix::odb::store::init::Options {
                alloc_limit_bytes: Some(MAX_OBJECT),
                ..Default::default()
            };
            // No replacements are passed, so none apply.
            let mut store = gix::odb::at_opts(directory, hash, None, options)
                .map_err(|error| reason(&error))?;
            store.set_pack_cache(|| {
                Box::new(gix::odb::pack::cache::lru::MemoryCappedHashmap::new(BASE_CACHE))
            });
            stores.push(store);
        }
        Ok(Self { stores, lookup: None, plain: None, directories, hash })
    }

    /// The same for whoever asks for a few objects: opening a large pack costs more than reading
    /// them.
    pub(crate) fn for_few(mut self) -> Self {
        if self.plain.is_none() {
            self.lookup = Some(Lookup::new(&self.with_alternates(), self.hash));
        }
        self
    }

    pub(crate) fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// Reads an object into `body`.
    pub(crate) fn read(&self, id: &ObjectId, body: &mut Vec<u8>) -> Result<Kind, Unread> {
        if let Some(plain) = &self.plain {
            let absent = Unread { reason: Reason::Absent, detail: None };
            return plain.read(id, body)?.ok_or(absent);
        }
        if let Some(kind) = self.lookup.as_ref().and_then(|lookup| lookup.read(id, body)) {
            return Ok(kind);
        }
        let mut damaged = None;
        for store in &self.stores {
            match store.try_find(id, body) {
                Ok(Some(found)) => {
                    let (kind, length) = (found.kind, found.data.len());
                    body.truncate(length);
                    return Ok(kind);
                }
                Ok(None) => {}
                Err(_) if too_large(store, id) => {
                    return Err(Unread { reason: Reason::TooLarge, detail: None });
                }
                Err(error) => damaged = Some(reason(&error)),
            }
        }
        Err(match damaged {
            Some(detail) => Unread { reason: Reason::Damaged, detail: Some(detail) },
            None => Unread { reason: Reason::Absent, detail: None },
        })
    }

    /// Whether the object is a file of its own here.
    pub(crate) fn is_loose(&self, id: &ObjectId) -> bool {
        let hex = id.to_string();
        let (front, rest) = hex.split_at(2);
        self.directories.iter().any(|directory| directory.join(front).join(rest).exists())
    }

    /// Reads a tree into `body`. Another kind of object under that id is damage to what names it.
    pub(crate) fn read_tree(&self, id: &ObjectId, body: &mut Vec<u8>) -> Result<(), Unread> {
        match self.read(id, body)? {
            Kind::Tree => Ok(()),
            kind => Err(Unread::of_kind(kind, Kind::Tree)),
        }
    }

    /// What kind of object this is, without its content.
    pub(crate) fn kind(&self, id: &ObjectId) -> Option<Kind> {
        if self.plain.is_some() {
            return self.read(id, &mut Vec::new()).ok();
        }
        let header = |store| gix::odb::Header::try_header(store, id).ok().flatten();
        self.stores.iter().find_map(header).map(|header| header.kind())
    }

    /// Whether an object is listed anywhere.
    pub(crate) fn has(&self, id: &ObjectId) -> bool {
        self.stores.iter().any(|store| gix::objs::Exists::exists(store, id))
            || self.plain.as_ref().is_some_and(|plain| plain.has(id))
    }

    /// All directories that hold objects.
    pub(crate) fn with_alternates(&self) -> Vec<PathBuf> {
        if self.plain.is_some() {
            return plain::with_alternates(&self.directories);
        }
        let mut all = self.directories.clone();
        for directory in &self.directories {
            all.extend(alternates(directory).unwrap_or_default());
        }
        all
    }

    /// Says in the coverage that alternates lead round in circles, if so.
    pub(crate) fn note(&self, coverage: &mut Coverage) {
        if self.plain.is_some() {
            let what = self.directories.first().map(|it| text(it)).unwrap_or_default();
            let why =
                "its alternates lead round in circles or nowhere; each that is there was read once";
            coverage.skip_because(what.as_bytes(), Reason::Damaged, Some(why));
        }
    }
}

/// The alternates of a directory; an error if they lead round in circles, or cannot be read.
fn alternates(directory: &Path) -> Result<Vec<PathBuf>, String> {
    gix::odb::alternate::resolve(directory.to_owned(), Path::new("/"))
        .map_err(|error| error.to_string())
}

/// Makes sure that nothing which lists objects, here and in the alternates, would hold up whoever
/// opens it.
fn check_storage(directories: &[PathBuf]) -> Result<(), String> {
    let mut waiting = directories.to_vec();
    let mut seen = HashSet::new();
    while let Some(directory) = waiting.pop() {
        if !seen.insert(directory.clone()) {
            continue;
        }
        if let Some(file) = holding_up(vec![directory.join("pack")], false) {
            return Err(format!("{} is no regular file", text(&file)));
        }
        let alternates = directory.join("info/alternates");
        match read_small(&alternates, SMALL) {
            // Those that lead nowhere or round in circles are for the reader to judge.
            Ok(content) => {
                let named = gix::odb::alternate::parse(&content).unwrap_or_default();
                let named = named.iter().map(|path| directory.join(path));
                waiting.extend(named.filter_map(|path| fs::canonicalize(path).ok()));
            }
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(format!("{}: {error}", text(&alternates))),
        }
    }
    Ok(())
}

fn too_large(store: &gix::odb::Handle, id: &ObjectId) -> bool {
    let header = gix::odb::Header::try_header(store, id);
    header.is_ok_and(|header| header.is_some_and(|it| it.size() > MAX_OBJECT as u64))
}

/// Why an object with another content counts as not read.
pub(crate) const OTHER: &str = "its content is that of another id";

/// Whether a content is that of another id.
pub(crate) fn is_other(id: &ObjectId, kind: Kind, body: &[u8]) -> bool {
    gix::objs::compute_hash(id.kind(), kind, body).is_ok_and(|it| it != *id)
}
