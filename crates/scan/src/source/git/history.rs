//! Every object of a repository, packed and loose, reachable or not, its alternates' too; the
//! names and logs of its refs. Objects are read, not diffs: a merge, an attribute, a dropped
//! stash or a replacement ref hides nothing.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use bstr::BString;
use gix::ObjectId;

use super::GitEnvironment;
use super::attribution::{Introduced, ancestry};
use super::catalog::Catalog;
use super::commit::Facts;
use super::known::{self, Known};
use super::names::Refs;
use super::objects::{Read, search};
use super::odb::Odb;
use super::open::Repo;
use super::origins::{Origins, entry_at};
use super::pack::Pack;
use super::reflog::logs;
use super::small::check;
use super::{paths, places};
use crate::cache::{Dirty, Memory, Remembered, Stamp, search_digest};
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
    let stamps = if memory.is_some() { catalog.stamps() } else { Vec::new() };
    let known =
        memory.as_mut().map(|memory| Known::compare(memory, &mut catalog)).unwrap_or_default();
    let reading = repo.reading(detector, options, sink, &|_, _| {});
    let shallow: HashSet<ObjectId> = repo.shallow().into_iter().collect();
    let mut read = search(&repo.odb, &reading, &catalog, &shallow, &known, None);
    if options.interrupted() {
        read.coverage.skip(b"the objects not reached", Reason::Stopped);
    }
    let mut origins = Origins::default();
    if let Some(memory) = &memory {
        coverage.remembered += memory.clean().saturating_sub(known.changed);
        read.absent.extend(memory.absent());
        for place in memory.gitlinks() {
            read.gitlinks.extend(gitlink(&repo.odb, place).map(|it| (it, *place)));
        }
        origins.recall(&repo.odb, memory);
    }
    note(&mut coverage, &read, &shallow, &refs, &catalog);
    let new = std::mem::take(&mut read.commits);
    let held = read.held.iter().map(|(id, _)| *id).collect();
    origins.ask(&repo.odb, &catalog, new, &held, options);
    origins.bounded().for_each(|id| places::note_more(id, &mut coverage));
    attribute(&repo, &refs, read.held, &origins, &mut coverage, sink);
    if let Some(memory) = memory.filter(|_| !options.interrupted()) {
        let clean = memory.clean().saturating_sub(known.changed) + read.clean;
        let dirty = read.dirty.iter().chain(shallow.iter().filter(|id| catalog.has(id)));
        let mut dirty: Vec<Dirty> = dirty.map(|id| origins.dirty(&repo.odb, id)).collect();
        dirty.sort_by_key(|dirty| dirty.id);
        dirty.dedup();
        let seen = |pack: &Pack| pack.seen(known::seen(memory.packs(), &pack.checksum()));
        let loose = |(id, stamp): (&ObjectId, Stamp)| {
            let before = memory.loose().binary_search_by_key(id, |seen| seen.id).ok();
            catalog.seen(*id, stamp, before.map(|place| &memory.loose()[place]))
        };
        let mut now = Remembered {
            clean,
            packs: catalog.packs.iter().map(seen).collect(),
            loose: catalog.loose.iter().zip(stamps).map(loose).collect(),
            dirty,
            absent: read.absent.into_iter().collect(),
            gitlinks: read.gitlinks.into_values().collect(),
        };
        now.packs.sort_by_key(|pack| pack.checksum);
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
    for (id, name) in read.gitlinks.keys() {
        coverage.skip(format!("{name} {id}").as_bytes(), Reason::Gitlink);
    }
    // Logs are kept beyond the life of what they name; refs are not.
    let kept = refs.tips.iter().filter(|tip| tip.is_kept()).map(|tip| tip.id);
    let missed: HashSet<ObjectId> = kept.filter(|id| !catalog.has(id)).collect();
    for id in missed.union(&read.absent) {
        coverage.skip(id.to_string().as_bytes(), Reason::Absent);
    }
}

/// The commit of another repository that a tree names, and its name there.
fn gitlink(odb: &Odb, (tree, number): &(ObjectId, u32)) -> Option<(ObjectId, BString)> {
    let mut body = Vec::new();
    odb.read_tree(tree, &mut body).ok()?;
    entry_at(&body, *number as usize, odb)
}

/// Adds commit and path to findings in blobs and trees, once for each path, and tells notes from
/// other blobs.
fn attribute(
    repo: &Repo,
    refs: &Refs,
    held: Vec<(ObjectId, Finding)>,
    origins: &Origins,
    coverage: &mut Coverage,
    sink: Sink<'_>,
) {
    if held.is_empty() {
        return;
    }
    let all: HashSet<ObjectId> = held.iter().map(|(id, _)| *id).collect();
    let mut facts = HashMap::new();
    let mut body = Vec::new();
    for Introduced { commit, .. } in all.iter().flat_map(|id| origins.get(id)) {
        let of_commit = || match repo.odb.read(commit, &mut body) {
            Ok(kind) => Facts::of(kind, *commit, &body),
            Err(_) => Arc::default(),
        };
        facts.entry(*commit).or_insert_with(of_commit);
    }
    let notes = ancestry(&repo.odb, refs.notes().map(|tip| tip.id).collect());
    let is_known = all.iter().all(|id| !origins.get(id).is_empty());
    let staged = if is_known { HashMap::new() } else { index_paths(repo) };
    for (id, finding) in held {
        let inner = finding.location.path.clone();
        for Introduced { commit, path } in origins.get(&id) {
            let mut finding = finding.clone();
            let at = &mut finding.location;
            if let Some(facts) = facts.get(commit) {
                facts.add_to(at);
            }
            // A tree's finding knows the entry's name already.
            let mut path = path.clone();
            if let Some(name) = &inner {
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(name);
            }
            at.path = Some(redact_bytes(&path));
            if at.source == SourceKind::Blob && notes.contains(commit) {
                at.source = SourceKind::Note;
            }
            sink(finding);
        }
        if origins.get(&id).is_empty() {
            let paths = staged.get(&id).map(Vec::as_slice).unwrap_or_default();
            for path in paths.iter().take(places::MOST) {
                let mut finding = finding.clone();
                finding.location.path = Some(redact_bytes(path));
                sink(finding);
            }
            if paths.len() > places::MOST {
                places::note_more(&id, coverage);
            }
            if paths.is_empty() {
                sink(finding);
            }
        }
    }
}

/// The paths in the index, for blobs that no commit holds. An index that cannot be read only
/// costs those paths: its blobs are objects and were read as such.
fn index_paths(repo: &Repo) -> HashMap<ObjectId, Vec<BString>> {
    let mut paths: HashMap<ObjectId, Vec<BString>> = HashMap::new();
    if check(&repo.index).is_err() {
        return paths;
    }
    let options = gix::index::decode::Options::default();
    if let Ok(index) = gix::index::File::at_or_default(&repo.index, repo.odb.hash(), false, options)
    {
        for entry in index.entries() {
            paths.entry(entry.id).or_default().push(entry.path(&index).to_owned());
        }
    }
    paths
}
