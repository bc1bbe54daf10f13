//! Every object of a repository, packed and loose, reachable or not, its alternates' too; the
//! names and logs of its refs. Objects are read, not diffs: a merge, an attribute, a dropped
//! stash or a replacement ref hides nothing.

use std::collections::HashSet;
use std::path::Path;

use bstr::BString;
use gix::ObjectId;

use super::GitEnvironment;
use super::attribution::{ancestry, introduced};
use super::catalog::Catalog;
use super::names::Refs;
use super::objects::search;
use super::open::Repo;
use super::reflog::logs;
use super::small::check;
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
    refs.search_names(&repo, detector, sink);
    for log in logs(&repo, &mut coverage) {
        if let Err(error) = log.search(&repo, detector, sink, &mut coverage) {
            let (why, detail) = (Reason::of_io(&error), error.to_string());
            coverage.skip_because(&log.name, why, Some(&detail));
        }
    }
    let catalog = Catalog::read(&repo.odb, &mut coverage);
    let reading = repo.reading(detector, options, sink, &|_| {});
    let shallow: HashSet<ObjectId> = repo.shallow().into_iter().collect();
    let mut read = search(&repo.odb, &reading, &catalog, &shallow);
    coverage.merge(read.coverage);
    for id in &shallow {
        coverage.skip(id.to_string().as_bytes(), Reason::Shallow);
    }
    // Logs are kept beyond the life of what they name; refs are not.
    let kept = refs.tips.iter().filter(|tip| tip.is_kept()).map(|tip| tip.id);
    read.absent.extend(kept.filter(|id| !catalog.has(id)));
    for id in read.absent {
        coverage.skip(id.to_string().as_bytes(), Reason::Absent);
    }
    if options.interrupted() {
        coverage.skip(b"the objects not reached", Reason::Stopped);
    }
    for finding in attribute(&repo, &refs, &read.commits, read.held) {
        sink(finding);
    }
    Ok(coverage)
}

/// Adds commit and path to findings in blobs and trees, and tells notes from other blobs.
fn attribute(
    repo: &Repo,
    refs: &Refs,
    commits: &[ObjectId],
    held: Vec<(ObjectId, Finding)>,
) -> Vec<Finding> {
    if held.is_empty() {
        return Vec::new();
    }
    let targets: HashSet<ObjectId> = held.iter().map(|(id, _)| *id).collect();
    let introduced = introduced(&repo.odb, commits, &targets);
    let notes = ancestry(&repo.odb, refs.notes().map(|tip| tip.id).collect());
    let staged = if introduced.len() < targets.len() { index_paths(repo) } else { Vec::new() };
    let finding = |(id, mut finding): (ObjectId, Finding)| {
        let at = &mut finding.location;
        if let Some(by) = introduced.get(&id) {
            by.facts.add_to(at);
            let mut path = by.path.clone();
            // A tree's finding knows the entry's name already.
            if let Some(name) = at.path.take() {
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(&name);
            }
            at.path = Some(redact_bytes(&path));
            if at.source == SourceKind::Blob && notes.contains(&by.commit) {
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
