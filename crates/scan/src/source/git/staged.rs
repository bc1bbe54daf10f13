//! What the next commit would add: the index against HEAD, read from the blobs that the index
//! names and never from the files of the work tree.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use bstr::{BStr, ByteSlice as _};
use gix::ObjectId;
use gix::index::entry::{Flags, Mode};
use gix::index::extension::Tree as CachedTree;
use gix::objs::Kind;

use super::GitEnvironment;
use super::blobs::{Above, Job, Reading};
use super::checksum;
use super::commit::{Commit, Facts};
use super::discover::text;
use super::names::head;
use super::object::{EntryKind, entries};
use super::open::Repo;
use super::paths::Paths;
use super::small::check;
use crate::error::reason;
use crate::{
    Coverage, Detector, Finding, LineCounter, Location, Options, Origin, Place, Reason, ScanError,
    Sink, SourceKind, redact_bytes,
};

/// Bytes of an index that is worth a thread.
const LARGE: u64 = 8 << 20;

/// Searches the index against HEAD, in the environment that git gives a hook.
///
/// All stages of a conflict are read. An entry that is only intended to be added has no content
/// yet. Without a first commit, everything in the index is new. An absent index is empty, as it
/// is for git.
///
/// # Errors
/// No repository, an index that cannot be decoded, or a HEAD that cannot be read.
pub fn staged(
    repo: &Path,
    env: &GitEnvironment,
    detector: &Detector,
    options: &Options,
    sink: Sink<'_>,
) -> Result<Coverage, ScanError> {
    let mut repo = Repo::open(repo, env)?;
    repo.odb = repo.odb.for_few();
    let mut coverage = Coverage::default();
    let unreadable = |why| ScanError::Index { path: text(&repo.index), why };
    check(&repo.index).map_err(|error| unreadable(error.to_string()))?;
    let is_large = std::fs::metadata(&repo.index).is_ok_and(|meta| meta.len() > LARGE);
    let threads = if is_large { options.thread_count() } else { 1 };
    let decode = gix::index::decode::Options { thread_limit: Some(threads), ..Default::default() };
    let is_for_library = checksum::is_for_library(&repo.index);
    if !is_for_library {
        let verified = checksum::verify(&repo.index, repo.odb.hash());
        verified.map_err(|error| unreadable(error.to_string()))?;
    }
    let (path, hash) = (&repo.index, repo.odb.hash());
    let index = gix::index::File::at_or_default(path, hash, !is_for_library, decode)
        .map_err(|error| unreadable(reason(&error)))?;
    let tree = head_tree(&repo)?;
    repo.odb.note(&mut coverage);
    let reading = repo.reading(detector, options, sink, &|_, _| {});
    let top = Above::top(ObjectId::null(repo.odb.hash()), Arc::default());
    let mut staged = Staged {
        repo: &repo,
        reading: &reading,
        index: &index,
        jobs: Vec::new(),
        coverage: &mut coverage,
        top,
        paths: Paths::default(),
    };
    staged.compare(tree);
    let jobs = staged.jobs;
    reading.read_all(&repo.odb, &mut coverage, jobs);
    Ok(coverage)
}

/// The tree of the commit that HEAD names; `None` before the first commit.
fn head_tree(repo: &Repo) -> Result<Option<ObjectId>, ScanError> {
    let broken = |why: String| ScanError::Repository { path: repo.name.clone(), why };
    let Some(id) = head(repo).map_err(broken)? else { return Ok(None) };
    let mut body = Vec::new();
    let kind = repo.odb.read(&id, &mut body).map_err(|unread| {
        broken(format!("the commit of HEAD, {id}: {}", unread.reason.as_str()))
    })?;
    match (kind, Commit::parse(id, &body).tree) {
        (Kind::Commit, Some(tree)) => Ok(Some(tree)),
        _ => Err(broken(format!("HEAD names {id}, which is no commit with a tree"))),
    }
}

struct Staged<'a> {
    repo: &'a Repo,
    reading: &'a Reading<'a>,
    index: &'a gix::index::State,
    jobs: Vec<Job>,
    coverage: &'a mut Coverage,
    top: Arc<Above>,
    paths: Paths,
}

/// A directory to compare: the entries whose paths share the first `prefix` bytes, and HEAD's
/// tree for it.
struct Directory<'i> {
    tree: Option<ObjectId>,
    cached: Option<&'i CachedTree>,
    entries: &'i [gix::index::Entry],
    prefix: usize,
}

impl<'a> Staged<'a> {
    /// Compares the index with HEAD's tree, directory by directory, in a list and not on the
    /// stack.
    fn compare(&mut self, tree: Option<ObjectId>) {
        let (entries, cached) = (self.index.entries(), self.index.tree());
        let mut waiting = vec![Directory { tree, cached, entries, prefix: 0 }];
        while let Some(directory) = waiting.pop() {
            self.directory(&directory, &mut waiting);
        }
    }

    /// Compares one directory. One whose tree git has noted in the index and which is HEAD's is
    /// not looked into: in a large repository that is all but a few.
    fn directory(&mut self, it: &Directory<'a>, waiting: &mut Vec<Directory<'a>>) {
        if let (Some(tree), Some(cached)) = (it.tree, it.cached)
            && cached.num_entries.is_some()
            && cached.id == tree
        {
            return;
        }
        let before = self.tree(it.tree);
        let mut entries = it.entries;
        while let Some(first) = entries.first() {
            let path = first.path(self.index);
            let rest = &path[it.prefix..];
            let Some(slash) = rest.find_byte(b'/') else {
                self.entry(first, path, before.get(rest.as_bytes()).copied(), it.prefix);
                entries = &entries[1..];
                continue;
            };
            let name = &rest[..slash];
            let below = &path[..=it.prefix + slash];
            // Sorted by path, so the entries below one directory stand together.
            let count = entries.partition_point(|entry| entry.path(self.index).starts_with(below));
            let (group, others) = entries.split_at(count);
            let tree = before.get(name.as_bytes()).map(|(id, _)| *id);
            if tree.is_none() {
                self.name(path, it.prefix, slash);
            }
            // Git sets a sparse directory's own entry apart with a slash at its end.
            if let ([only], true) = (group, rest.len() == slash + 1) {
                self.sparse(only, path, tree);
            } else {
                let cached = it.cached.map(|it| it.children.iter());
                let cached =
                    cached.and_then(|mut all| all.find(|child| child.name.as_slice() == name));
                let prefix = it.prefix + slash + 1;
                waiting.push(Directory { tree, cached, entries: group, prefix });
            }
            entries = others;
        }
    }

    /// The names in one of HEAD's trees.
    fn tree(&self, tree: Option<ObjectId>) -> HashMap<Vec<u8>, (ObjectId, EntryKind)> {
        let mut body = Vec::new();
        match tree.map(|tree| self.repo.odb.read(&tree, &mut body)) {
            Some(Ok(Kind::Tree)) => {}
            // A file in HEAD where the index has a directory; or a tree that cannot be read:
            // everything below counts as new then, and is read.
            None | Some(Ok(_) | Err(_)) => return HashMap::new(),
        }
        let named = entries(&body, self.repo.odb.hash()).map_while(Result::ok);
        named.map(|entry| (entry.name.to_vec(), (entry.id, entry.kind))).collect()
    }

    fn entry(
        &mut self,
        entry: &gix::index::Entry,
        path: &BStr,
        before: Option<(ObjectId, EntryKind)>,
        prefix: usize,
    ) {
        if before.is_none() {
            self.name(path, prefix, path.len() - prefix);
        }
        let is_gitlink = entry.mode == Mode::COMMIT;
        // What HEAD names as a commit of another repository was not read, whatever its id.
        let is_known = before
            .is_some_and(|(id, kind)| id == entry.id && is_gitlink == (kind == EntryKind::Gitlink));
        if is_known || entry.flags.contains(Flags::INTENT_TO_ADD) {
            return;
        }
        if is_gitlink {
            return self.coverage.skip(path, Reason::Gitlink);
        }
        self.queue(entry.id, path);
    }

    /// A directory that a sparse checkout keeps as one entry: it holds what some tree holds.
    fn sparse(&mut self, entry: &gix::index::Entry, path: &BStr, before: Option<ObjectId>) {
        if before == Some(entry.id) {
            return;
        }
        let mut waiting = vec![(entry.id, path.trim_end_with(|c| c == '/').to_vec())];
        let odb = &self.repo.odb;
        let mut body = Vec::new();
        while let Some((id, path)) = waiting.pop() {
            if let Err(why) = odb.read(&id, &mut body) {
                self.coverage.skip_because(&path, why.reason, why.detail.as_deref());
                continue;
            }
            for entry in entries(&body, odb.hash()) {
                let Ok(entry) = entry else {
                    self.coverage.skip(&path, Reason::Damaged);
                    break;
                };
                let path = [&path[..], b"/", entry.name].concat();
                match entry.kind {
                    EntryKind::Gitlink => self.coverage.skip(&path, Reason::Gitlink),
                    EntryKind::Blob => self.queue(entry.id, path.as_bstr()),
                    EntryKind::Tree => waiting.push((entry.id, path)),
                }
            }
        }
    }

    fn queue(&mut self, id: ObjectId, path: &BStr) {
        if self.reading.options.excludes.fits(path) {
            return self.coverage.skip(path, Reason::Excluded);
        }
        self.coverage.files += 1;
        let above = Arc::clone(&self.top);
        let file = (id, SourceKind::Index);
        self.paths.tell(self.reading, file, &|| path.to_owned(), &Facts::default());
        self.jobs.push(Job { id, source: SourceKind::Index, name: path.to_owned(), above });
    }

    /// Searches a name that HEAD does not have: `len` bytes of `path` from `start`.
    fn name(&mut self, path: &BStr, start: usize, len: usize) {
        let name = &path[start..start + len];
        let cut = &mut || self.coverage.skip(path, Reason::SearchBound);
        for found in self.reading.detector.matches_or(name, cut) {
            let start_at = found.start as u64;
            let span = LineCounter::span_in(name, &found);
            let mut location = Location::new(SourceKind::Index, span, start_at);
            location.repository = Some(self.repo.name.clone());
            location.path = Some(redact_bytes(&path[..start + len]));
            let place = Place::new(Origin::Name(name), start_at);
            (self.reading.sink)(Finding::new(found, place, location));
        }
    }
}
