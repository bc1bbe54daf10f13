//! The places of a content: it may stand at several paths, and what lets a finding go at one of
//! them (an exclude, an allowlist, an ignore file) does not at another. So each is told of, up to a
//! bound; what is beyond it is counted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bstr::BString;
use gix::ObjectId;

use super::blobs::{Above, Job};
use crate::{Coverage, Finding, Reason, Sink, Tally, redact_bytes};

/// Places that are told of one object.
pub(crate) const MOST: usize = 100;

/// Says in the coverage that an object stands at more paths than were told.
pub(crate) fn note_more(id: &ObjectId, coverage: &mut Coverage) {
    let why = format!("what was found in it is told at {MOST} paths, and it stands at more");
    coverage.skip_because(id.to_string().as_bytes(), Reason::PathBound, Some(&why));
}

/// Says in the coverage that a tree was not told here: there are too many paths, or too deep ones.
pub(crate) fn bounded(within: &Above, coverage: &mut Coverage) {
    let what = format!("{} {}", within.id, within.path(b""));
    let why = "what is in it was searched, and not told at each path: there are too many";
    coverage.skip_because(what.as_bytes(), Reason::PathBound, Some(why));
}

/// Where objects stand beside the first place that each was met at.
#[derive(Default)]
pub(crate) struct Places {
    of: HashMap<ObjectId, Further>,
}

#[derive(Default)]
struct Further {
    at: Vec<(Arc<Above>, BString)>,
    has_more: bool,
}

impl Places {
    /// Notes that an object was met again.
    pub(crate) fn again(&mut self, id: ObjectId, name: &[u8], within: &Arc<Above>) {
        let further = self.of.entry(id).or_default();
        if further.at.len() >= MOST {
            further.has_more = true;
            return;
        }
        let is_same = |(above, other): &(Arc<Above>, BString)| {
            other == name && above.path(other) == within.path(name)
        };
        if !further.at.iter().any(is_same) {
            further.at.push((Arc::clone(within), name.into()));
        }
    }
}

/// Findings of blobs, told at the first place of each, and kept for the others.
pub(crate) struct Kept {
    of: Mutex<HashMap<ObjectId, (BString, Vec<Finding>)>>,
    tally: Tally,
}

impl Kept {
    pub(crate) fn new() -> Self {
        Self { of: Mutex::default(), tally: Tally::of_run() }
    }

    /// Keeps what was found in a blob.
    pub(crate) fn keep(&self, job: &Job, findings: &[Finding]) {
        if findings.is_empty() {
            return;
        }
        let path = job.above.path(&job.name);
        let has_room = |it: &&Finding| self.tally.has_room(it.own().is_some());
        let findings = findings.iter().filter(has_room).cloned().collect();
        let mut kept = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entry(job.id).or_insert((path, findings));
    }

    /// Tells of everything at its further places.
    pub(crate) fn tell(self, places: &Places, coverage: &mut Coverage, sink: Sink<'_>) {
        self.tally.note("findings at more paths than one".as_bytes(), coverage);
        let kept = self.of.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (id, (first, findings)) in kept {
            let Some(further) = places.of.get(&id) else { continue };
            let at = further.at.iter().map(|(above, name)| (above, above.path(name)));
            let others: Vec<_> = at.filter(|(_, path)| *path != first).collect();
            let is_bounded = further.has_more || others.len() >= MOST;
            for (above, path) in others.into_iter().take(MOST - 1) {
                for finding in &findings {
                    let mut finding = finding.clone();
                    finding.location.path = Some(redact_bytes(&path));
                    above.facts.add_to(&mut finding.location);
                    sink(finding);
                }
            }
            if is_bounded {
                note_more(&id, coverage);
            }
        }
    }
}
