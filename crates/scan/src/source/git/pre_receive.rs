//! What a push would bring into a repository, seen from the hook that may still refuse it.
//!
//! Three things are searched: the names of the refs; what the commits add that are reachable from
//! the new ids and from no ref that is there, whether their objects came with the push or lay in
//! the store before; and every other object of the quarantine, reachable or not. What is in the
//! quarantine and in the store as well, such as the base of a delta, came with no new content.
//!
//! Nothing is remembered from push to push: a cache that others may write would be believed.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bstr::{BStr, ByteSlice as _};
use gix::ObjectId;
use gix::objs::Kind;

use super::blobs::{Above, Job, Reading};
use super::catalog::Catalog;
use super::discover::text;
use super::names::{Refs, search_name};
use super::object::{self, EntryKind, entries};
use super::odb::Odb;
use super::open::Repo;
use super::places::Kept;
use super::range::{Ended, Range};
use super::{GitEnvironment, Update, Updates};
use crate::{
    Coverage, Detector, Finding, Options, Reason, ScanError, Sink, SourceKind, redact_lossy,
};

/// What a push hands over.
#[derive(Clone, Debug)]
pub struct Received {
    /// The refs that it would move.
    pub updates: Updates,
    /// `GIT_QUARANTINE_PATH`: where its objects are until it is accepted. `None` outside of a push;
    /// then only what the new ids reach is searched.
    pub quarantine: Option<PathBuf>,
}

/// Searches what a push would bring in.
///
/// # Errors
/// No repository, ids of another kind than the repository's, or a quarantine that cannot be listed.
pub fn pre_receive(
    repo: &Path,
    env: &GitEnvironment,
    received: &Received,
    detector: &Detector,
    options: &Options,
    sink: Sink<'_>,
) -> Result<Coverage, ScanError> {
    let relative_to = repo;
    let repo = Repo::open(repo, env)?;
    let broken = |why| ScanError::Repository { path: repo.name.clone(), why };
    let mut coverage = Coverage::default();
    let tips = tips(&repo, &received.updates)?;
    repo.odb.note(&mut coverage);
    // Where an object stands alone, its path is unknown and not empty.
    let sink = &|mut finding: Finding| {
        finding.location.path = finding.location.path.filter(|path| !path.is_empty());
        sink(finding);
    };
    for Update { name, .. } in received.updates.iter().filter(|update| update.new.is_some()) {
        search_name(name, &repo, detector, &mut coverage, sink);
    }
    let fresh = match &received.quarantine {
        Some(quarantine) => {
            let quarantine = relative_to.join(quarantine);
            fresh(&repo, env, relative_to, &quarantine, &mut coverage).map_err(broken)?
        }
        None => Vec::new(),
    };
    let hidden = match tips.is_empty() {
        true => Vec::new(),
        false => hidden(&repo, received),
    };
    let kept = Kept::new();
    let notable = |job: &Job, findings: &[Finding]| kept.keep(job, findings);
    let reading = repo.reading(detector, options, sink, &notable);
    let places = reading.run(&repo.odb, &mut coverage, |queue, coverage| {
        let mut range = Range::new(&repo, &reading, queue, coverage);
        range.between(&tips, &hidden);
        let Ended { places, met } = range.end();
        rest(&repo, &reading, queue, coverage, fresh.into_iter().filter(|id| !met.contains(id)));
        places
    });
    kept.tell(&places, &mut coverage, sink);
    Ok(coverage)
}

/// The new ids, each once.
fn tips(repo: &Repo, updates: &Updates) -> Result<Vec<ObjectId>, ScanError> {
    let mut seen = HashSet::new();
    let mut tips = Vec::new();
    for Update { old, new, name } in updates {
        for id in [old, new].into_iter().flatten() {
            if id.kind() != repo.odb.hash() {
                let why =
                    format!("the repository's ids have {} digits", repo.odb.hash().len_in_hex());
                return Err(ScanError::Revision { spec: redact_lossy(name), why });
            }
        }
        tips.extend(new.filter(|id| seen.insert(*id)));
    }
    Ok(tips)
}

/// What was there before the push. In the hook that is what the refs name: the old ids of its lines
/// are the pusher's word, which git holds against the refs only afterwards. Without a quarantine the
/// push is over, and the refs that it moved would hide what they were moved to: then the caller's
/// lines say what those named before.
fn hidden(repo: &Repo, received: &Received) -> Vec<ObjectId> {
    let Received { updates, quarantine } = received;
    let is_over = quarantine.is_none();
    let moved: HashSet<&BStr> = updates.iter().map(|update| update.name.as_bstr()).collect();
    let before = updates.iter().filter(|_| is_over).filter_map(|update| update.old);
    // A ref that cannot be read hides nothing: more is searched then.
    let refs = Refs::read(repo, &mut Coverage::default()).tips.into_iter();
    refs.filter(|tip| tip.name.starts_with(b"refs/"))
        .filter(|tip| !is_over || !moved.contains(tip.name.as_bstr()))
        .map(|tip| tip.id)
        .chain(before.filter(|id| repo.odb.has(id)))
        .collect()
}

/// The objects of the quarantine that are nowhere else.
fn fresh(
    repo: &Repo,
    env: &GitEnvironment,
    relative_to: &Path,
    quarantine: &Path,
    coverage: &mut Coverage,
) -> Result<Vec<ObjectId>, String> {
    // Git makes it when the first object comes; a push may bring none.
    if !quarantine.exists() {
        return Ok(Vec::new());
    }
    if !quarantine.is_dir() {
        return Err(format!("its quarantine {} is no directory", text(quarantine)));
    }
    let env = env.seen_from(relative_to);
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut directories = vec![repo.paths.common_dir.join("objects")];
    directories.extend(env.alternate_object_directories);
    let mut directories: Vec<PathBuf> = directories.iter().map(|path| real(path)).collect();
    directories.retain(|path| path.is_dir() && *path != real(quarantine));
    directories.sort();
    directories.dedup();
    let store = Odb::open(directories, repo.odb.hash())?;
    let quarantine = Odb::open(vec![quarantine.to_owned()], repo.odb.hash())?;
    let ids = Catalog::read(&quarantine, coverage).ids();
    Ok(ids.into_iter().filter(|id| !store.has(id)).collect())
}

/// Searches objects that nothing new reaches. Where they would stand nobody can say.
fn rest(
    repo: &Repo,
    reading: &Reading<'_>,
    queue: &dyn Fn(Job),
    coverage: &mut Coverage,
    ids: impl Iterator<Item = ObjectId>,
) {
    let mut body = Vec::new();
    for id in ids {
        if reading.options.interrupted() {
            return;
        }
        let kind = match repo.odb.read(&id, &mut body) {
            Ok(Kind::Blob) => {
                let above = Above::top(id, Arc::default());
                queue(Job { id, source: SourceKind::Blob, name: Default::default(), above });
                continue;
            }
            Ok(kind) => kind,
            Err(why) => {
                let detail = why.detail.as_deref();
                coverage.skip_because(id.to_string().as_bytes(), why.reason, detail);
                continue;
            }
        };
        coverage.objects += 1;
        coverage.bytes += body.len() as u64;
        let object = (kind, &id, body.as_slice());
        let Reading { detector, name, .. } = reading;
        let found = object::findings(detector, name, object, SourceKind::Blob, coverage);
        found.into_iter().for_each(reading.sink);
        if kind == Kind::Tree {
            for entry in entries(&body, id.kind()) {
                match entry {
                    Ok(entry) if entry.kind == EntryKind::Gitlink => {
                        coverage.skip(entry.name, Reason::Gitlink);
                    }
                    Ok(_) => {}
                    Err(why) => {
                        let what = id.to_string();
                        coverage.skip_because(what.as_bytes(), Reason::Damaged, Some(&why));
                    }
                }
            }
        }
    }
}
