//! One look at one repository: a walk, whose findings go to whoever responds, and whose clean
//! objects are remembered. The walk works on a copy of what is known, so that a long look at
//! everything and short ones at what is new go on beside each other.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crossbeam_channel::Sender;
use patrol_scan::cache::search_digest;
use patrol_scan::source::git::{self, GitEnvironment, ObjectId, Reached, SeenObjects};
use patrol_scan::{Class, Coverage, Finding, Options, Reason, Skipped};

use crate::cache::{Cache, Remembered};
use crate::desk::Report;
use crate::event::{Event, Warning, WarningKind};
use crate::outbox::Outbox;
use crate::plan::{Outcome, Walk};
use crate::search::Search;
use crate::seen::Seen;

/// Unread things named in one warning.
const NAMED_MAX: usize = 3;

/// A repository and what is known of it.
#[derive(Debug)]
pub(crate) struct Watched {
    common_dir: PathBuf,
    /// Its name in events.
    name: String,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    remembered: Remembered,
    cache: Option<Cache>,
    /// Of which search `remembered` is; `None`: none yet.
    generation: Option<u64>,
    /// Until everything was read for the first time: what refs and logs named at the first look, or
    /// when somebody last looked at what has come since.
    beginning: Option<Vec<ObjectId>>,
    /// What could not be read, as it was last said.
    said: Option<u64>,
}

/// What a look needs beside the repository.
pub(crate) struct Means<'a> {
    pub(crate) cache_dir: Option<&'a Path>,
    pub(crate) search: &'a Search,
    pub(crate) options: &'a Options,
    pub(crate) reports: &'a Sender<Report>,
    pub(crate) outbox: &'a Outbox,
}

/// What came of a look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Looked {
    pub(crate) outcome: Outcome,
    /// There are objects to be asked again.
    pub(crate) has_again: bool,
}

/// What a walk need not look at.
struct Known {
    seen: Seen,
    again: BTreeSet<ObjectId>,
}

impl SeenObjects for Known {
    fn contains(&self, id: &ObjectId) -> bool {
        self.again.contains(id) || self.seen.contains(id)
    }
}

impl Watched {
    pub(crate) fn new(common_dir: PathBuf, name: String) -> Self {
        Self { common_dir, name, memory: Mutex::default() }
    }

    /// Looks once. Everything that goes wrong is a warning and a later try, never an error.
    pub(crate) fn look(&self, walk: Walk, means: &Means<'_>) -> Looked {
        let generation = Some(means.search.generation);
        let (remembered, beginning) = {
            let mut memory = self.lock();
            if memory.generation != generation {
                let before = self.begin(&mut memory, means);
                if walk == Walk::New {
                    drop(memory);
                    return self.first_of_search(before, means);
                }
            }
            (memory.remembered.clone(), memory.beginning.clone())
        };
        if let (Walk::New, Some(old)) = (walk, beginning) {
            return self.between(&old, means);
        }
        let asked = remembered.again.clone();
        let reached = self.walk(walk, remembered, means);
        if means.options.interrupted() {
            return Looked { outcome: Outcome::Incomplete, has_again: true };
        }
        let mut memory = self.lock();
        if memory.generation == generation {
            memory.beginning = None;
        }
        let outcome = match reached {
            // Overtaken by a look with other prefixes.
            Ok(_) if memory.generation != generation => Outcome::Complete,
            Ok(reached) => self.take(&mut memory, walk, &asked, reached, means),
            // Gone meanwhile: whoever keeps the list of repositories notices.
            Err(_) if !self.common_dir.exists() => Outcome::Complete,
            Err(error) => {
                self.say_once(&mut memory, means, WarningKind::Repository, &error.to_string());
                Outcome::Incomplete
            }
        };
        Looked { outcome, has_again: !memory.remembered.again.is_empty() }
    }

    /// The first short look of a search, which sees what was there when it began; the long one that
    /// is to come reads it. What an earlier search had not seen is searched at once.
    fn first_of_search(&self, before: Memory, means: &Means<'_>) -> Looked {
        let was_known = before.generation.is_some();
        match before.beginning {
            Some(old) => {
                self.between(&old, means);
            }
            // What goes wrong the long look meets, too.
            None if was_known => drop(self.walk(Walk::New, before.remembered, means)),
            None => {}
        }
        Looked { outcome: Outcome::Complete, has_again: was_known }
    }

    /// A short look while everything is read for the first time: nothing is known to be clean yet, so
    /// it goes by commits. It is remembered by nobody; the long look comes by the same things.
    fn between(&self, old: &[ObjectId], means: &Means<'_>) -> Looked {
        let sink = |finding: Finding| drop(means.reports.send(Report::Seen(Box::new(finding))));
        let (env, detector) = (GitEnvironment::default(), &means.search.detector);
        let since = git::since(&self.common_dir, &env, old, detector, means.options, &sink);
        if let Ok((coverage, now)) = since
            && coverage.is_complete()
        {
            let mut memory = self.lock();
            if memory.beginning.as_deref() == Some(old) {
                memory.beginning = Some(now);
            }
        }
        Looked { outcome: Outcome::Complete, has_again: false }
    }

    /// What is said of a look that met a bug.
    pub(crate) fn failed(&self, means: &Means<'_>) -> Looked {
        let message = "a bug was met while it was read; it is tried again, and other repositories \
                       are followed all the same";
        self.say_once(&mut self.lock(), means, WarningKind::Repository, message);
        Looked { outcome: Outcome::Incomplete, has_again: true }
    }

    fn walk(
        &self,
        walk: Walk,
        Remembered { seen, again }: Remembered,
        means: &Means<'_>,
    ) -> Result<Reached, patrol_scan::ScanError> {
        // The responder outlives every look, so this does not fail.
        let sink = |finding: Finding| drop(means.reports.send(Report::Seen(Box::new(finding))));
        let (known, asked) = match walk {
            Walk::New => (Known { seen, again: again.into_iter().collect() }, Vec::new()),
            Walk::Everything => (Known { seen, again: BTreeSet::new() }, again),
        };
        let (repo, env) = (&self.common_dir, GitEnvironment::default());
        let (detector, options) = (&means.search.detector, means.options);
        if walk == Walk::Everything && known.seen.len() == 0 {
            return git::first_reachable(repo, &env, &asked, detector, options, &sink);
        }
        git::reachable(repo, &env, &known, &asked, detector, options, &sink)
    }

    /// Takes up the memory that belongs to this search; answers what was known until then.
    fn begin(&self, memory: &mut Memory, means: &Means<'_>) -> Memory {
        let mut before = std::mem::take(memory);
        // The old one's lock goes first.
        before.cache = None;
        memory.generation = Some(means.search.generation);
        if let Some(directory) = means.cache_dir {
            let search = search_digest(&means.search.detector, means.options);
            match Cache::open(directory, &self.common_dir, &search) {
                Ok((cache, remembered)) => {
                    memory.cache = Some(cache);
                    memory.remembered = remembered;
                }
                Err(error) => self.without_cache(means, &error.to_string()),
            }
        }
        if memory.remembered.seen.len() == 0 {
            memory.beginning = git::tips(&self.common_dir, &GitEnvironment::default()).ok();
        }
        before
    }

    /// Remembers what a walk brought. What was `asked` again and is clean now is let go; what
    /// another walk has found meanwhile stays.
    fn take(
        &self,
        memory: &mut Memory,
        walk: Walk,
        asked: &[ObjectId],
        reached: Reached,
        means: &Means<'_>,
    ) -> Outcome {
        let Memory { remembered, cache, .. } = memory;
        remembered.seen.extend(&reached.clean);
        let mut again: BTreeSet<ObjectId> = remembered.again.drain(..).collect();
        if walk == Walk::Everything {
            again.retain(|id| asked.binary_search(id).is_err());
        }
        again.extend(reached.again);
        remembered.again = again.into_iter().collect();
        if let Some(open) = cache
            && let Err(error) = open.note(&reached.clean, remembered)
        {
            // Half a record may stand there now, so the next run throws the file away.
            *cache = None;
            self.without_cache(means, &error.to_string());
        }
        self.judge(memory, walk, &reached.coverage, means)
    }

    fn without_cache(&self, means: &Means<'_>, why: &str) {
        let message = format!("what is seen here is not remembered for the next start: {why}");
        self.say(means, WarningKind::Cache, message);
    }

    /// What the coverage says about trying again, and a warning when that is news.
    fn judge(
        &self,
        memory: &mut Memory,
        walk: Walk,
        coverage: &Coverage,
        means: &Means<'_>,
    ) -> Outcome {
        let unread: Vec<Skipped> = coverage
            .skipped()
            .into_iter()
            .filter(|skipped| skipped.reason.class() == Class::NotRead)
            .collect();
        let comes_again = unread.iter().any(|skipped| may_pass(skipped.reason));
        if !unread.is_empty() {
            let message = unread_words(&unread, comes_again);
            self.say_once(memory, means, WarningKind::Unread, &message);
        } else if walk == Walk::Everything {
            memory.said = None;
        }
        if comes_again { Outcome::Incomplete } else { Outcome::Complete }
    }

    fn say_once(&self, memory: &mut Memory, means: &Means<'_>, kind: WarningKind, message: &str) {
        let mut hasher = DefaultHasher::new();
        message.hash(&mut hasher);
        let print = Some(hasher.finish());
        if std::mem::replace(&mut memory.said, print) != print {
            self.say(means, kind, message.to_owned());
        }
    }

    fn say(&self, means: &Means<'_>, kind: WarningKind, message: String) {
        let repository = Some(self.name.clone());
        means.outbox.put(Event::Warning(Warning { kind, repository, message }));
    }

    /// A look that panicked has left its memory short of something, never wrong.
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
mod tests {
    use std::process::Command;

    use patrol_scan::Detector;

    use super::*;

    /// While everything is read for the first time, a short look goes by what has come since.
    #[test]
    fn a_short_look_beside_the_first_long_one() {
        let directory = tempfile::tempdir().unwrap();
        let repo = directory.path().canonicalize().unwrap();
        let git = |args: &[&str]| {
            let mut command = Command::new("git");
            command.current_dir(&repo).args(["-c", "user.name=A", "-c", "user.email=a@b"]);
            assert!(command.args(args).status().unwrap().success(), "{args:?}");
        };
        git(&["init", "-q"]);
        let commit = |text: &str| {
            std::fs::write(repo.join("f"), text).unwrap();
            git(&["add", "f"]);
            git(&["commit", "-q", "-m", "a commit"]);
        };
        let tokens = crate::desk::tests::tokens(&[1, 2, 3]);
        commit(&tokens[0]);
        let search =
            Search { generation: 7, detector: Detector::new(&["acme_pat".parse().unwrap()]) };
        let (reports, told) = crossbeam_channel::unbounded();
        let (options, outbox) = (Options::default(), Outbox::new(100));
        let (search, reports, outbox) = (&search, &reports, &outbox);
        let means = Means { cache_dir: None, search, options: &options, reports, outbox };
        let watched = Watched::new(repo.join(".git"), "repo".to_owned());
        // The long one waits for its turn, and what is committed meanwhile does not.
        watched.look(Walk::New, &means);
        assert_eq!(told.try_iter().count(), 0);
        commit(&tokens[1]);
        let looked = watched.look(Walk::New, &means);
        assert!(looked.outcome == Outcome::Complete && !looked.has_again);
        let seen = |report| match report {
            Report::Seen(finding) => finding.token_id,
            Report::Barrier(_) => None,
        };
        let ids: Vec<_> = told.try_iter().filter_map(seen).collect();
        assert_eq!(ids.len(), 1, "the new one only");
        assert_eq!(watched.lock().remembered.seen.len(), 0, "and nothing is taken for seen");
        // Once more: nothing has come.
        watched.look(Walk::New, &means);
        assert_eq!(told.try_iter().count(), 0);
        // The long look comes by both, and ends the first reading.
        watched.look(Walk::Everything, &means);
        assert_eq!(told.try_iter().filter_map(seen).count(), 2);
        assert!(watched.lock().beginning.is_none());

        // What comes with a new search is found at once, by what the old one had not seen.
        commit(&tokens[2]);
        let search =
            &Search { generation: 8, detector: Detector::new(&["acme_pat".parse().unwrap()]) };
        let means = Means { search, ..means };
        assert!(watched.look(Walk::New, &means).has_again);
        assert_eq!(told.try_iter().filter_map(seen).count(), 1);
        assert_eq!(watched.lock().remembered.seen.len(), 0, "for this search nothing is known");
        watched.look(Walk::Everything, &means);
        assert_eq!(told.try_iter().filter_map(seen).count(), 3);
    }
}
