//! Every object of a repository, packed and loose, reachable or not, its alternates' too; the
//! names and logs of its refs. Objects are read, not diffs: a merge, an attribute, a dropped
//! stash or a replacement ref hides nothing.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use bstr::BString;
use gix::ObjectId;

use super::GitEnvironment;
use super::attribution::ancestry;
use super::catalog::Catalog;
use super::commit::Facts;
use super::known::Known;
use super::names::Refs;
use super::objects::{Read, search};
use super::open::Repo;
use super::origins::Origins;
use super::pack::Pack;
use super::paths;
use super::reflog::logs;
use super::small::check;
use crate::cache::{Dirty, Memory, Origin, Remembered, search_digest};
use crate::{
    Coverage, Detector, Finding, Options, Reason, ScanError, Sink, SourceKind, redact_bytes,
};

/// Searches every object, ref name and reflog.
///
/// # Errors
/// No repository, or an object database that cannot be listed.
pub fn history(
    repo: &Path,
    env: &GitEnvironment,
    detector: &Detector,
    options: &Options,
    sink: Sink<'_>,
) -> Result<Coverage, ScanError> {
    let repo = Repo::open(repo, env)?;
    let mut coverage = Coverage::default();
    let refs = Refs::read(&repo, &mut coverage);
    refs.search_names(&repo, detector, &mut coverage, sink);
    for log in logs(&repo, &mut coverage) {
        if let Err(error) = log.search(&repo, detector, sink, &mut coverage) {
            let (why, detail) = (Reason::of_io(&error), error.to_string());
            coverage.skip_because(&log.name, why, Some(&detail));
        }
    }
    let mut catalog = Catalog::read(&repo.odb, &mut coverage);
    // Without a memory everything is read, which is all that it is for.
    let mut memory = remembered(&catalog, &repo, detector, options);
    let known =
        memory.as_mut().map(|memory| Known::compare(memory, &mut catalog)).unwrap_or_default();
    let reading = repo.reading(detector, options, sink, &|_| {});
    let shallow: HashSet<ObjectId> = repo.shallow().into_iter().collect();
    let mut read = search(&repo.odb, &reading, &catalog, &shallow, &known);
    if options.interrupted() {
        read.coverage.skip(b"the objects not reached", Reason::Stopped);
    }
    let mut origins = Origins::default();
    if let Some(memory) = &memory {
        coverage.remembered += memory.clean();
        read.absent.extend(memory.absent());
        read.gitlinks.extend(memory.gitlinks().iter().cloned());
        origins.recall(memory);
    }
    note(&mut coverage, &read, &shallow, &refs, &catalog);
    let new = std::mem::take(&mut read.commits);
    origins.ask(&repo.odb, &catalog, new, read.held.iter().map(|(id, _)| *id).collect());
    for finding in attribute(&repo, &refs, read.held, &origins) {
        sink(finding);
    }
    if let Some(memory) = memory.filter(|_| !options.interrupted()) {
        let loose = &catalog.loose;
        let clean = memory.clean() + read.clean;
        let dirty = read.dirty.iter().chain(shallow.iter().filter(|id| catalog.has(id)));
        // No name that holds something is written down: its tree is among the dirty and is read
        // again, and such a path is looked up again.
        let tells = |name: &BString| !detector.matches(name).is_empty();
        let is_open = |dirty: &Dirty| dirty.origin.as_ref().is_some_and(|it| tells(&it.path));
        let mut dirty: Vec<Dirty> = dirty.map(|id| origins.dirty(id)).collect();
        for dirty in dirty.iter_mut().filter(|dirty| is_open(dirty)) {
            (dirty.is_asked, dirty.origin) = (false, None);
        }
        dirty.sort_by_key(|dirty| dirty.id);
        dirty.dedup();
        let mut now = Remembered {
            clean,
            packs: catalog.packs.iter().map(Pack::checksum).collect(),
            loose: loose.clone(),
            dirty,
            absent: read.absent.into_iter().collect(),
            gitlinks: read.gitlinks.into_iter().filter(|(_, name)| !tells(name)).collect(),
        };
        now.packs.sort();
        now.absent.sort();
        now.gitlinks.sort();
        let new = if known.has_all_packs { known.packs() } else { 0 };
        let packs = catalog.packs[new..].iter();
        let mut ids = packs.flat_map(|pack| (0..pack.len()).map(|place| pack.id(place).as_bytes()));
        // What cannot be written down is read again next time, and nothing else.
        drop(memory.note(now, &mut ids, known.has_all_packs));
    }
    paths::of_history(&repo.odb, &catalog, &reading, &mut coverage);
    Ok(coverage)
}

/// The memory of this repository for this search, if there is to be one.
fn remembered(
    catalog: &Catalog,
    repo: &Repo,
    detector: &Detector,
    options: &Options,
) -> Option<Memory> {
    let directory = options.cache.as_deref()?;
    let mut name = repo.paths.common_dir.as_os_str().as_encoded_bytes().to_vec();
    for directory in &catalog.directories {
        name.push(0);
        name.extend(directory.as_os_str().as_encoded_bytes());
    }
    let search = search_digest(detector, options);
    Memory::open(directory, &name, search, catalog.hash()).ok()
}

/// Says in the coverage what was read and what was not.
fn note(
    coverage: &mut Coverage,
    read: &Read,
    shallow: &HashSet<ObjectId>,
    refs: &Refs,
    catalog: &Catalog,
) {
    coverage.merge(read.coverage.clone());
    for id in shallow {
        coverage.skip(id.to_string().as_bytes(), Reason::Shallow);
    }
    for (id, name) in &read.gitlinks {
        coverage.skip(format!("{name} {id}").as_bytes(), Reason::Gitlink);
    }
    // Logs are kept beyond the life of what they name; refs are not.
    let kept = refs.tips.iter().filter(|tip| tip.is_kept()).map(|tip| tip.id);
    let missed: HashSet<ObjectId> = kept.filter(|id| !catalog.has(id)).collect();
    for id in missed.union(&read.absent) {
        coverage.skip(id.to_string().as_bytes(), Reason::Absent);
    }
}

/// Adds commit and path to findings in blobs and trees, and tells notes from other blobs.
fn attribute(
    repo: &Repo,
    refs: &Refs,
    held: Vec<(ObjectId, Finding)>,
    origins: &Origins,
) -> Vec<Finding> {
    if held.is_empty() {
        return Vec::new();
    }
    let all: HashSet<ObjectId> = held.iter().map(|(id, _)| *id).collect();
    let mut facts = HashMap::new();
    let mut body = Vec::new();
    for Origin { commit, .. } in all.iter().filter_map(|id| origins.get(id)) {
        let of_commit = || match repo.odb.read(commit, &mut body) {
            Ok(kind) => Facts::of(kind, *commit, &body),
            Err(_) => Arc::default(),
        };
        facts.entry(*commit).or_insert_with(of_commit);
    }
    let notes = ancestry(&repo.odb, refs.notes().map(|tip| tip.id).collect());
    let is_known = all.iter().all(|id| origins.get(id).is_some());
    let staged = if is_known { Vec::new() } else { index_paths(repo) };
    let finding = |(id, mut finding): (ObjectId, Finding)| {
        let at = &mut finding.location;
        if let Some(Origin { commit, path }) = origins.get(&id) {
            if let Some(facts) = facts.get(commit) {
                facts.add_to(at);
            }
            let mut path = path.clone();
            // A tree's finding knows the entry's name already.
            if let Some(name) = at.path.take() {
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(&name);
            }
            at.path = Some(redact_bytes(&path));
            if at.source == SourceKind::Blob && notes.contains(commit) {
                at.source = SourceKind::Note;
            }
        } else if let Some((_, path)) = staged.iter().find(|(staged, _)| *staged == id) {
            at.path = Some(redact_bytes(path));
        }
        finding
    };
    held.into_iter().map(finding).collect()
}

/// The paths in the index, for blobs that no commit holds. An index that cannot be read only
/// costs those paths: its blobs are objects and were read as such.
fn index_paths(repo: &Repo) -> Vec<(ObjectId, BString)> {
    if check(&repo.index).is_err() {
        return Vec::new();
    }
    let options = gix::index::decode::Options::default();
    match gix::index::File::at_or_default(&repo.index, repo.odb.hash(), false, options) {
        Ok(index) => {
            index.entries().iter().map(|entry| (entry.id, entry.path(&index).to_owned())).collect()
        }
        Err(_) => Vec::new(),
    }
}
