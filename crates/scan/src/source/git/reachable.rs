//! What is new since last time, for a watcher: everything that refs, HEADs and reflogs of all
//! work trees reach and that was not seen before.
//!
//! The caller remembers ids; this walk stops at them, so its cost is that of what is new, beside
//! reading the refs. New commits are walked oldest first, so a finding names the commit that
//! brought it in. A crash before the ids are remembered only makes the next walk do it again.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use gix::ObjectId;

use super::GitEnvironment;
use super::blobs::Job;
use super::fresh::{Walk, chain};
use super::open::Repo;
use super::survey::Survey;
use crate::{Coverage, Detector, Finding, Options, Reason, ScanError, Sink};

/// What the caller remembers from earlier walks.
pub trait SeenObjects {
    /// Whether this id was among the `clean` ones of an earlier walk.
    fn contains(&self, id: &ObjectId) -> bool;
}

impl<S: std::hash::BuildHasher> SeenObjects for HashSet<ObjectId, S> {
    fn contains(&self, id: &ObjectId) -> bool {
        Self::contains(self, id)
    }
}

/// What a walk brings back.
#[derive(Debug)]
#[must_use = "remember `clean` and `again`, or the next walk does it all again"]
pub struct Reached {
    /// Read and found without a token. To be remembered, and shown to the next walk as seen.
    /// A few of them are not objects but stand for an unchanged reflog.
    pub clean: Vec<ObjectId>,
    /// Not clean: they hold a token, could not be read, or lead to such an object; and those asked
    /// again that are not here now. To be handed to the next walk as `again`, in the place of the
    /// ones handed to this walk.
    pub again: Vec<ObjectId>,
    /// What was read in this walk.
    pub coverage: Coverage,
}

/// Searches what is new. Findings in `again` are reported once more at every walk.
///
/// # Errors
/// No repository.
pub fn reachable(
    repo: &Path,
    env: &GitEnvironment,
    seen: &dyn SeenObjects,
    again: &[ObjectId],
    detector: &Detector,
    options: &Options,
    sink: Sink<'_>,
) -> Result<Reached, ScanError> {
    let repo = Repo::open(repo, env)?;
    Ok(walk(&repo, (seen, None), again, detector, options, sink))
}

/// As [`reachable`] where nothing was seen yet, and much faster if there is much: all objects are
/// read first, as their packs have them, and the walk goes through what leads to something.
///
/// A repository that borrows objects of others is walked as by [`reachable`].
///
/// Among the `clean` there may be objects that nothing reaches, if there is nothing in any object.
///
/// # Errors
/// No repository.
pub fn first_reachable(
    repo: &Path,
    env: &GitEnvironment,
    again: &[ObjectId],
    detector: &Detector,
    options: &Options,
    sink: Sink<'_>,
) -> Result<Reached, ScanError> {
    let repo = Repo::open(repo, env)?;
    // A store that many repositories borrow from would be read whole for each of them.
    if repo.odb.with_alternates().len() > 1 {
        let nothing = HashSet::<ObjectId>::new();
        return Ok(walk(&repo, (&nothing, None), again, detector, options, sink));
    }
    let survey = Survey::make(&repo, detector, options);
    if options.interrupted() {
        let mut coverage = Coverage::default();
        coverage.skip(b"the objects not reached", Reason::Stopped);
        return Ok(Reached { clean: Vec::new(), again: again.to_vec(), coverage });
    }
    let mut reached = walk(&repo, (&survey, Some(&survey)), again, detector, options, sink);
    if !options.interrupted() {
        reached.clean.extend(survey.closed());
        reached.coverage.objects += survey.objects;
        reached.coverage.bytes += survey.bytes;
    }
    Ok(reached)
}

fn walk(
    repo: &Repo,
    known: (&dyn SeenObjects, Option<&Survey>),
    again: &[ObjectId],
    detector: &Detector,
    options: &Options,
    sink: Sink<'_>,
) -> Reached {
    let mut coverage = Coverage::default();
    let unclean = Mutex::new(HashSet::new());
    let notable = |job: &Job, _: &[Finding]| {
        let mut unclean = unclean.lock().unwrap_or_else(PoisonError::into_inner);
        unclean.insert(job.id);
        unclean.extend(job.above.upwards().flat_map(chain));
    };
    let reading = repo.reading(detector, options, sink, &notable);
    let (mut visited, marks) = reading.run(&repo.odb, &mut coverage, |queue, coverage| {
        let mut walk = Walk::new(repo, &reading, queue, known, coverage, &unclean);
        let marks = walk.begin(again);
        walk.trees();
        walk.rest(again);
        (walk.visited(), marks)
    });
    let unclean = unclean.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Stopped half-way: what was queued and not read must not be taken for clean.
    if options.interrupted() {
        return Reached { clean: Vec::new(), again: again.to_vec(), coverage };
    }
    visited.retain(|id| !unclean.contains(id));
    let clean = visited.into_iter().chain(marks).collect();
    Reached { clean, again: unclean.into_iter().collect(), coverage }
}
