//! One look at one repository: everything new since the last look is searched, findings go to
//! whoever responds, and what was clean is remembered.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use patrol_scan::source::git::{self, GitEnvironment, ObjectId, SeenObjects};
use patrol_scan::{Class, Coverage, Finding, Options, Reason, Skipped};

use crate::cache::{Cache, Remembered};
use crate::desk::Report;
use crate::event::{Event, Warning, WarningKind};
use crate::outbox::Outbox;
use crate::plan::Outcome;
use crate::search::Search;
use crate::seen::Seen;

/// How often what is not clean is asked again, at most: its tokens may have come to life, or the
/// policy changed.
const AGAIN_EVERY: Duration = Duration::from_secs(5);

/// How often, when something could not be read: a little sooner than the plan's first retry.
const UNREAD_EVERY: Duration = Duration::from_millis(900);

/// Asking again may take this part of the time at most.
const AGAIN_SHARE: u32 = 20;

/// Unread things named in one warning.
const NAMED_MAX: usize = 3;

/// A repository and what is known of it.
#[derive(Debug)]
pub(crate) struct Watched {
    common_dir: PathBuf,
    /// Its name in events.
    name: String,
    remembered: Remembered,
    cache: Option<Cache>,
    /// Of which search `remembered` is; `None`: none yet.
    generation: Option<u64>,
    again_due: Option<Instant>,
    /// Something that may yet be readable was not read.
    unread: bool,
    /// What could not be read, as it was last said.
    said: u64,
}

/// What a look needs beside the repository.
pub(crate) struct Means<'a> {
    pub(crate) cache_dir: Option<&'a Path>,
    pub(crate) search: &'a Search,
    pub(crate) options: &'a Options,
    pub(crate) reports: &'a Sender<Report>,
    pub(crate) outbox: &'a Outbox,
}

/// What a walk is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Walk {
    /// What nobody has looked at yet.
    New,
    /// That, and what was not clean.
    Everything,
}

/// What a walk need not look at.
struct Known<'a> {
    seen: &'a Seen,
    known: BTreeSet<ObjectId>,
}

impl SeenObjects for Known<'_> {
    fn contains(&self, id: &ObjectId) -> bool {
        self.known.contains(id) || self.seen.contains(id)
    }
}

impl Watched {
    pub(crate) fn new(common_dir: PathBuf, name: String) -> Self {
        Self {
            common_dir,
            name,
            remembered: Remembered::default(),
            cache: None,
            generation: None,
            again_due: None,
            unread: false,
            said: 0,
        }
    }

    /// Looks once: at what is new, and then, from time to time, once more at what was not clean.
    /// Everything that goes wrong is a warning and a later try, never an error.
    pub(crate) fn look(&mut self, means: &Means<'_>) -> Outcome {
        if self.generation != Some(means.search.generation) {
            self.begin(means);
            return self.walk(means, Walk::Everything);
        }
        let outcome = self.walk(means, Walk::New);
        let is_due = self.again_due.is_none_or(|due| due <= Instant::now());
        if is_due && !self.remembered.again.is_empty() {
            return self.walk(means, Walk::Everything);
        }
        outcome
    }

    fn walk(&mut self, means: &Means<'_>, walk: Walk) -> Outcome {
        let begun = Instant::now();
        let Remembered { seen, again } = &self.remembered;
        let (known, asked): (BTreeSet<ObjectId>, &[ObjectId]) = match walk {
            Walk::New => (again.iter().copied().collect(), &[]),
            Walk::Everything => (BTreeSet::new(), again),
        };
        // The responder outlives every look, so this does not fail.
        let sink = |finding: Finding| drop(means.reports.send(Report::Seen(Box::new(finding))));
        let reached = git::reachable(
            &self.common_dir,
            &GitEnvironment::default(),
            &Known { seen, known },
            asked,
            &means.search.detector,
            means.options,
            &sink,
        );
        match reached {
            Ok(_) if means.options.interrupted() => Outcome::Incomplete,
            Ok(reached) => {
                self.remembered.seen.extend(&reached.clean);
                let kept = match walk {
                    Walk::New => std::mem::take(&mut self.remembered.again),
                    Walk::Everything => Vec::new(),
                };
                let again: BTreeSet<ObjectId> = kept.into_iter().chain(reached.again).collect();
                self.remembered.again = again.into_iter().collect();
                self.note(&reached.clean, means);
                let outcome = self.judge(&reached.coverage, walk, means);
                if walk == Walk::Everything {
                    let every = if self.unread { UNREAD_EVERY } else { AGAIN_EVERY };
                    let pause = every.max(begun.elapsed() * AGAIN_SHARE);
                    self.again_due = Some(Instant::now() + pause);
                }
                outcome
            }
            // Gone meanwhile: whoever keeps the list of repositories notices.
            Err(_) if !self.common_dir.exists() => Outcome::Complete,
            Err(error) => {
                self.say_once(means, WarningKind::Repository, &error.to_string());
                Outcome::Incomplete
            }
        }
    }

    /// Takes up the memory that belongs to this search.
    fn begin(&mut self, means: &Means<'_>) {
        self.generation = Some(means.search.generation);
        self.remembered = Remembered::default();
        self.again_due = None;
        // The old one's lock goes first.
        self.cache = None;
        let Some(directory) = means.cache_dir else { return };
        match Cache::open(directory, &self.common_dir, means.search.detector.prefixes()) {
            Ok((cache, remembered)) => {
                self.cache = Some(cache);
                self.remembered = remembered;
            }
            Err(error) => self.without_cache(means, &error.to_string()),
        }
    }

    fn note(&mut self, clean: &[ObjectId], means: &Means<'_>) {
        let Some(cache) = &mut self.cache else { return };
        if let Err(error) = cache.note(clean, &self.remembered) {
            // Half a record may stand there now, so the next run throws the file away.
            self.cache = None;
            self.without_cache(means, &error.to_string());
        }
    }

    fn without_cache(&self, means: &Means<'_>, why: &str) {
        self.say(
            means,
            WarningKind::Cache,
            format!("what is seen here is not remembered for the next start: {why}"),
        );
    }

    /// What the coverage says about trying again, and a warning when that is news.
    fn judge(&mut self, coverage: &Coverage, walk: Walk, means: &Means<'_>) -> Outcome {
        let unread: Vec<Skipped> = coverage
            .skipped()
            .into_iter()
            .filter(|skipped| skipped.reason.class() == Class::NotRead)
            .collect();
        let comes_again = unread.iter().any(|skipped| may_pass(skipped.reason));
        if unread.is_empty() {
            if walk == Walk::Everything {
                self.said = 0;
            }
        } else {
            self.say_once(means, WarningKind::Unread, &unread_words(&unread, comes_again));
        }
        // A walk that passed over what was unread says nothing about it.
        self.unread = comes_again || (walk == Walk::New && self.unread);
        if self.unread { Outcome::Incomplete } else { Outcome::Complete }
    }

    fn say_once(&mut self, means: &Means<'_>, kind: WarningKind, message: &str) {
        let mut hasher = DefaultHasher::new();
        message.hash(&mut hasher);
        if self.said != hasher.finish() {
            self.said = hasher.finish();
            self.say(means, kind, message.to_owned());
        }
    }

    fn say(&self, means: &Means<'_>, kind: WarningKind, message: String) {
        let repository = Some(self.name.clone());
        means.outbox.put(Event::Warning(Warning { kind, repository, message }));
    }
}

/// Whether what could not be read now may be readable later, without a change of refs.
fn may_pass(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Permission | Reason::Vanished | Reason::Damaged | Reason::Growing | Reason::Absent
    )
}

fn unread_words(unread: &[Skipped], comes_again: bool) -> String {
    let words = |skipped: &Skipped| match &skipped.detail {
        Some(detail) => format!("{} ({}: {detail})", skipped.what, skipped.reason.as_str()),
        None => format!("{} ({})", skipped.what, skipped.reason.as_str()),
    };
    let named: Vec<String> = unread.iter().take(NAMED_MAX).map(words).collect();
    let more = match unread.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let next = if comes_again { "; it is tried again" } else { "" };
    format!("could not be read: {}{more}{next}", named.join(", "))
}
