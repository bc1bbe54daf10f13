//! The disposable memory of a repository between two runs: one file in the caller's cache
//! directory, appended to after each walk. It saves reading the same objects again and decides
//! nothing: what holds a token is never among the clean, and is judged anew by every run.
//!
//! A file that is torn, foreign, for another search, or open to others is thrown away. Only one
//! process writes a file; a second watcher of the same repository goes without.

mod format;

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use patrol_scan::cache::{CacheError, create, make_private, read, recall};
use patrol_scan::source::git::ObjectId;
use sha2::{Digest as _, Sha256};

use crate::seen::Seen;

/// Bytes that may lie unused in a file before it is written anew.
const WASTE_MAX: u64 = 4 * 1024 * 1024;

/// What is remembered of a repository.
#[derive(Clone, Debug, Default)]
pub(crate) struct Remembered {
    /// Read and found clean.
    pub(crate) seen: Seen,
    /// To be asked again.
    pub(crate) again: Vec<ObjectId>,
}

/// An open cache file, locked for this process.
#[derive(Debug)]
pub(crate) struct Cache {
    path: PathBuf,
    key: [u8; 32],
    file: File,
    /// Bytes in the file; 0 until the length of ids is known and the header written.
    length: u64,
    /// What `again` is on disk.
    again: Vec<ObjectId>,
}

impl Cache {
    /// Opens the file for a repository and reads what it remembers. What cannot be trusted is
    /// thrown away.
    ///
    /// # Errors
    /// When there can be no file here.
    pub(crate) fn open(
        directory: &Path,
        common_dir: &Path,
        search: &[u8; 32],
    ) -> Result<(Self, Remembered), CacheError> {
        make_private(directory)?;
        let name = Sha256::digest(common_dir.as_os_str().as_bytes());
        let name = ObjectId::from_bytes_or_panic(&name[..20]).to_string();
        let path = directory.join(format!("seen-{name}"));
        let key = key(common_dir, search);
        if let Some(file) = recall(&path)? {
            let bytes = read(&file)?;
            if let Some(memory) = format::read(&bytes, &key) {
                let length = bytes.len() as u64;
                let mut seen = Seen::default();
                seen.extend(&memory.clean);
                let again = memory.again;
                let cache = Self { path, key, file, length, again: again.clone() };
                return Ok((cache, Remembered { seen, again }));
            }
        }
        let file = create(&path)?;
        let cache = Self { path, key, file, length: 0, again: Vec::new() };
        Ok((cache, Remembered::default()))
    }

    /// Writes down what a walk brought: new clean ids, and all that is to be asked again. A crash
    /// in between leaves a torn file, which the next run throws away.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn note(&mut self, clean: &[ObjectId], now: &Remembered) -> Result<(), CacheError> {
        let Some(width) = clean.iter().chain(&now.again).next().map(|id| id.as_slice().len())
        else {
            return Ok(());
        };
        if clean.is_empty() && now.again == self.again && self.length > 0 {
            return Ok(());
        }
        let width = u8::try_from(width).unwrap_or(u8::MAX);
        let useful = (now.seen.len() + now.again.len()) as u64 * u64::from(width);
        if self.length > 2 * useful + WASTE_MAX {
            return self.rewrite(width, now);
        }
        let mut bytes = Vec::new();
        if self.length == 0 {
            bytes = format::header(&self.key, width);
        }
        bytes.extend(format::record(width, slices(clean), slices(&now.again)));
        self.file.write_all(&bytes)?;
        self.length += bytes.len() as u64;
        self.again.clone_from(&now.again);
        Ok(())
    }

    /// Writes the whole memory to a new file that takes the place of this one.
    fn rewrite(&mut self, width: u8, now: &Remembered) -> Result<(), CacheError> {
        let beside = self.path.with_extension("new");
        let mut file = create(&beside)?;
        let mut bytes = format::header(&self.key, width);
        bytes.extend(format::record(width, now.seen.ids(), slices(&now.again)));
        file.write_all(&bytes)?;
        fs::rename(&beside, &self.path)?;
        self.file = file;
        self.length = bytes.len() as u64;
        self.again.clone_from(&now.again);
        Ok(())
    }
}

fn slices(ids: &[ObjectId]) -> impl Iterator<Item = &[u8]> {
    ids.iter().map(ObjectId::as_slice)
}

fn key(common_dir: &Path, search: &[u8; 32]) -> [u8; 32] {
    let mut sum = Sha256::new();
    sum.update(common_dir.as_os_str().as_bytes());
    sum.update(b"\0");
    sum.update(search);
    sum.finalize().into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use patrol_scan::cache::search_digest;
    use patrol_scan::source::git::SeenObjects as _;
    use patrol_scan::{Detector, Options};

    use super::*;

    fn id(n: u32) -> ObjectId {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        ObjectId::from_bytes_or_panic(&bytes)
    }

    fn open(directory: &Path, prefix: &str) -> (Cache, Remembered) {
        Cache::open(directory, Path::new("/r/.git"), &search(prefix)).unwrap()
    }

    fn search(prefix: &str) -> [u8; 32] {
        let detector = Detector::new(&[prefix.parse().unwrap()]);
        search_digest(&detector, &Options::default())
    }

    fn walk(cache: &mut Cache, memory: &mut Remembered, clean: &[u32], again: &[u32]) {
        let clean: Vec<_> = clean.iter().copied().map(id).collect();
        memory.seen.extend(&clean);
        memory.again = again.iter().copied().map(id).collect();
        cache.note(&clean, memory).unwrap();
    }

    fn file(directory: &Path) -> PathBuf {
        fs::read_dir(directory).unwrap().next().unwrap().unwrap().path()
    }

    #[test]
    fn remembers_across_runs_for_the_same_search_only() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path().join("cache");
        let (mut cache, mut memory) = open(&at, "acme_pat");
        walk(&mut cache, &mut memory, &[1, 2], &[9]);
        walk(&mut cache, &mut memory, &[3], &[]);
        assert_eq!(fs::metadata(file(&at)).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&at).unwrap().mode() & 0o777, 0o700);
        drop(cache);
        let (cache, memory) = open(&at, "acme_pat");
        assert!((1..=3).all(|n| memory.seen.contains(&id(n))) && memory.seen.len() == 3);
        assert!(memory.again.is_empty());
        drop(cache);
        assert_eq!(open(&at, "other_pat").1.seen.len(), 0);
    }

    #[test]
    fn a_second_process_goes_without() {
        let directory = tempfile::tempdir().unwrap();
        let _first = open(directory.path(), "acme_pat");
        let second = Cache::open(directory.path(), Path::new("/r/.git"), &search("acme_pat"));
        assert!(matches!(second, Err(CacheError::Busy)));
    }

    #[test]
    fn what_others_could_have_written_is_thrown_away() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        fs::set_permissions(at, fs::Permissions::from_mode(0o700)).unwrap();
        let spoil: [&dyn Fn(&Path); 5] = [
            &|path| fs::set_permissions(path, fs::Permissions::from_mode(0o660)).unwrap(),
            &|path| fs::write(path, "").unwrap(),
            &|path| {
                let bytes = fs::read(path).unwrap();
                fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
            },
            &|path| {
                fs::hard_link(path, path.with_extension("other")).unwrap();
            },
            &|path| {
                let elsewhere = path.with_extension("elsewhere");
                fs::rename(path, &elsewhere).unwrap();
                std::os::unix::fs::symlink(&elsewhere, path).unwrap();
            },
        ];
        for (n, spoil) in spoil.iter().enumerate() {
            let (mut cache, mut memory) = open(at, "acme_pat");
            let path = cache.path.clone();
            walk(&mut cache, &mut memory, &[1], &[2]);
            drop(cache);
            spoil(&path);
            let (cache, memory) = open(at, "acme_pat");
            assert!(memory.seen.len() == 0 && memory.again.is_empty(), "spoiled in way {n}");
            let meta = fs::symlink_metadata(&cache.path).unwrap();
            assert!(meta.is_file() && meta.mode() & 0o777 == 0o600 && meta.nlink() == 1);
        }
        fs::set_permissions(at, fs::Permissions::from_mode(0o770)).unwrap();
        let refused = Cache::open(at, Path::new("/r/.git"), &search("acme_pat")).unwrap_err();
        assert!(refused.to_string().contains("make it mode 0700"), "{refused}");
    }

    #[test]
    fn a_file_full_of_old_lists_is_written_anew() {
        let directory = tempfile::tempdir().unwrap();
        let (mut cache, mut memory) = open(directory.path(), "acme_pat");
        walk(&mut cache, &mut memory, &[1, 2, 3], &[]);
        let many: Vec<u32> = (100..20_100).collect();
        for n in 0..30 {
            walk(&mut cache, &mut memory, &[], &many[n..]);
        }
        let length = fs::metadata(&cache.path).unwrap().len();
        assert!(length < 2 * 20_000 * 20 + WASTE_MAX + 20_000 * 20 + 100, "{length}");
        drop(cache);
        let (_cache, memory) = open(directory.path(), "acme_pat");
        assert_eq!((memory.seen.len(), memory.again.len()), (3, 20_000 - 29));
    }
}
