//! Everything in an object database: its packs, and the loose objects that are in none of them.

use std::fs;
use std::path::{Path, PathBuf};

use gix::objs::Kind;
use gix::{ObjectId, oid};

use super::discover::text;
use super::odb::Odb;
use super::pack::Pack;
use super::small::{SMALL, read_small};
use super::unread::MAX_OBJECT;
use crate::cache::{SeenFile, SeenLoose, Stamp};
use crate::{Coverage, Reason};

/// What there is, when it was listed.
pub(crate) struct Catalog {
    /// The largest first.
    pub(crate) packs: Vec<Pack>,
    /// Sorted; none of them is in a pack.
    pub(crate) loose: Vec<ObjectId>,
    pub(crate) directories: Vec<PathBuf>,
    hash: gix::hash::Kind,
}

/// Names the alternates that are not there: their objects are part of the database and were not
/// read, whether or not another one needs them.
fn absent_alternates(directories: &[PathBuf], coverage: &mut Coverage) {
    for directory in directories {
        // One that cannot be read kept the database from being opened.
        let file = directory.join("info/alternates");
        let listed = read_small(&file, SMALL).unwrap_or_default();
        for named in gix::odb::alternate::parse(&listed).unwrap_or_default() {
            let alternate = directory.join(&named);
            if !alternate.is_dir() {
                let what = text(&alternate);
                let why = "an alternate that is not there";
                coverage.skip_because(what.as_bytes(), Reason::Absent, Some(why));
            }
        }
    }
}

impl Catalog {
    /// Lists a database and its alternates. What cannot be listed is an entry of the coverage.
    pub(crate) fn read(odb: &Odb, coverage: &mut Coverage) -> Self {
        let directories = odb.with_alternates();
        absent_alternates(&directories, coverage);
        let hash = odb.hash();
        let mut it = Self { packs: Vec::new(), loose: Vec::new(), directories, hash };
        let mut loose = Vec::new();
        for directory in it.directories.clone() {
            for index in packs(&directory, coverage) {
                match Pack::open(&index, hash) {
                    // What has the checksum of another one need not be a copy of it, and if it
                    // is, the other one may be damaged.
                    Ok(pack) => it.packs.push(pack),
                    Err(why) => {
                        let what = text(&index);
                        coverage.skip_because(what.as_bytes(), Reason::Damaged, Some(&why));
                    }
                }
            }
            loose_in(&directory, hash, &mut loose, coverage);
        }
        it.packs.sort_by_key(|pack| std::cmp::Reverse(pack.len()));
        loose.sort_unstable();
        loose.dedup();
        loose.retain(|id| !it.packs.iter().any(|pack| pack.find(id).is_some()));
        it.loose = loose;
        it
    }

    /// The kind of ids.
    pub(crate) fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// Whether an object is there. Git knows the empty tree and the empty blob without having
    /// them.
    pub(crate) fn has(&self, id: &oid) -> bool {
        self.packs.iter().any(|pack| pack.find(id).is_some())
            || self.loose.binary_search_by(|loose| (**loose).cmp(id)).is_ok()
            || id.is_empty_tree()
            || id.is_empty_blob()
    }

    /// Every object, once, in an order that is good for reading.
    pub(crate) fn ids(&self) -> Vec<ObjectId> {
        let mut ids = Vec::new();
        for (n, pack) in self.packs.iter().enumerate() {
            let mut places: Vec<u32> =
                (0..pack.len()).filter(|place| !self.is_before(n, pack.id(*place))).collect();
            places.sort_by_key(|place| pack.offset(*place));
            ids.extend(places.into_iter().map(|place| pack.id(place).to_owned()));
        }
        ids.extend(&self.loose);
        ids
    }

    /// What tells whether the files of the loose objects are those that were read, in their order.
    pub(crate) fn stamps(&self) -> Vec<Stamp> {
        let stamp = |id| self.file(id).map(|it| it.1).unwrap_or_default();
        self.loose.iter().map(stamp).collect()
    }

    /// What is to be remembered of a loose object, given its stamp and what is remembered already.
    pub(crate) fn seen(&self, id: ObjectId, stamp: Stamp, before: Option<&SeenLoose>) -> SeenLoose {
        let before = before.map(|before| before.file);
        let file = self.file(&id).map(|(path, _)| SeenFile::of(&path, stamp, before));
        SeenLoose { id, file: file.unwrap_or_default() }
    }

    /// Whether a loose object is the one that was read.
    pub(crate) fn is_same(&self, seen: &SeenLoose) -> bool {
        self.file(&seen.id).is_some_and(|(path, stamp)| seen.file.is(&path, stamp))
    }

    /// The file of a loose object.
    fn file(&self, id: &ObjectId) -> Option<(PathBuf, Stamp)> {
        let name = id.to_hex().to_string();
        let paths = self.directories.iter().map(|it| it.join(&name[..2]).join(&name[2..]));
        let mut files = paths.map(|path| {
            let stamp = Stamp::of(&path);
            (path, stamp)
        });
        files.find(|(_, stamp)| *stamp != Stamp::default())
    }

    /// Every commit. This asks each object what it is, and is for the rare case only.
    pub(crate) fn commits(&self, odb: &Odb) -> Vec<ObjectId> {
        let mut ids = self.ids();
        ids.retain(|id| odb.kind(id) == Some(Kind::Commit));
        ids
    }

    /// Whether a pack listed before the `n`-th one has an object.
    pub(crate) fn is_before(&self, n: usize, id: &oid) -> bool {
        self.packs[..n].iter().any(|pack| pack.find(id).is_some())
    }

    /// Reads an object, though not out of the `n`-th pack, where it is damaged.
    pub(crate) fn elsewhere(&self, n: usize, id: &oid, body: &mut Vec<u8>) -> Option<Kind> {
        let others = self.packs.iter().enumerate().filter(|(other, _)| *other != n);
        if let Some(kind) = others.filter_map(|(_, pack)| pack.read(id, body)).next() {
            return Some(kind);
        }
        self.directories.iter().find_map(|directory| {
            let options = gix::odb::loose::Options {
                alloc_limit_bytes: Some(MAX_OBJECT),
                ..Default::default()
            };
            let store = gix::odb::loose::Store::at_opts(directory, self.hash, options);
            // What is no file may be one to wait for.
            let found = store.contains(id).then(|| store.try_find(id, body).ok())???;
            let (kind, length) = (found.kind, found.data.len());
            body.truncate(length);
            Some(kind)
        })
    }
}

/// The indexes of the packs in a directory. Packs that nothing lists would be passed over in
/// silence, so they are named.
fn packs(directory: &Path, coverage: &mut Coverage) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        list(&directory.join("pack"), coverage).into_iter().map(|entry| entry.path()).collect();
    found.sort();
    let ends = |path: &Path, end: &str| path.extension().is_some_and(|it| it == end);
    for pack in found.iter().filter(|path| ends(path, "pack")) {
        if found.binary_search(&pack.with_extension("idx")).is_err() {
            let what = text(pack);
            coverage.skip_because(what.as_bytes(), Reason::Damaged, Some("a pack without index"));
        }
    }
    found.retain(|path| ends(path, "idx"));
    found
}

/// The loose objects in a directory: `ab/cdef…`.
fn loose_in(
    directory: &Path,
    hash: gix::hash::Kind,
    ids: &mut Vec<ObjectId>,
    coverage: &mut Coverage,
) {
    let is_hex = |name: &[u8]| name.iter().all(u8::is_ascii_hexdigit);
    for folder in list(directory, coverage) {
        let first = folder.file_name();
        let first = first.as_encoded_bytes();
        if first.len() != 2 || !is_hex(first) {
            continue;
        }
        for file in list(&folder.path(), coverage) {
            let name = [first, file.file_name().as_encoded_bytes()].concat();
            if name.len() == hash.len_in_hex() && is_hex(&name) {
                ids.extend(ObjectId::from_hex(&name).ok());
            }
        }
    }
}

/// What is in a directory. One that is not there is empty; one that cannot be read is an entry of
/// the coverage.
fn list(directory: &Path, coverage: &mut Coverage) -> Vec<fs::DirEntry> {
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<Result<_, _>>);
    match entries {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            let (what, why) = (text(directory), Reason::of_io(&error));
            coverage.skip_because(what.as_bytes(), why, Some(&error.to_string()));
            Vec::new()
        }
    }
}
