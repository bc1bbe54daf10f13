//! What has come since a long reading began, so that a fresh leak does not wait for its end: what
//! the commits add that refs and logs name now and did not reach then.

use std::collections::HashSet;
use std::path::Path;

use gix::ObjectId;

use super::GitEnvironment;
use super::blobs::Job;
use super::names::Refs;
use super::open::Repo;
use super::places::Kept;
use super::range::Range;
use super::reflog::logs;
use crate::{Coverage, Detector, Finding, Options, ScanError, Sink};

/// All that the refs and logs of a repository name and that is there.
///
/// # Errors
/// No repository.
pub fn tips(repo: &Path, env: &GitEnvironment) -> Result<Vec<ObjectId>, ScanError> {
    Ok(named(&Repo::open(repo, env)?))
}

/// Searches what was added since refs and logs named the `old` ids. Answers what they name now.
///
/// # Errors
/// No repository.
pub fn since(
    repo: &Path,
    env: &GitEnvironment,
    old: &[ObjectId],
    detector: &Detector,
    options: &Options,
    sink: Sink<'_>,
) -> Result<(Coverage, Vec<ObjectId>), ScanError> {
    let repo = Repo::open(repo, env)?;
    let mut coverage = Coverage::default();
    let now = named(&repo);
    let known: HashSet<&ObjectId> = old.iter().collect();
    let new: Vec<ObjectId> = now.iter().filter(|id| !known.contains(id)).copied().collect();
    let kept = Kept::new();
    let notable = |job: &Job, findings: &[Finding]| kept.keep(job, findings);
    let reading = repo.reading(detector, options, sink, &notable);
    let places = reading.run(&repo.odb, &mut coverage, |queue, coverage| {
        let mut range = Range::new(&repo, &reading, queue, coverage);
        range.between(&new, old);
        range.end().places
    });
    kept.tell(&places, &mut coverage, sink);
    Ok((coverage, now))
}

/// What cannot be read is told of by the long reading.
fn named(repo: &Repo) -> Vec<ObjectId> {
    let (mut coverage, nothing) = (Coverage::default(), Detector::new(&[]));
    let mut ids: Vec<ObjectId> =
        Refs::read(repo, &mut coverage).tips.into_iter().map(|tip| tip.id).collect();
    for log in logs(repo, &mut coverage) {
        if let Ok((tips, _)) = log.search(repo, &nothing, &|_| {}, &mut coverage) {
            ids.extend(tips.into_iter().map(|tip| tip.id));
        }
    }
    ids.sort_unstable();
    ids.dedup();
    ids.retain(|id| repo.odb.has(id));
    ids
}
