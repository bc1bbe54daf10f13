//! What some commits add: their texts, and whatever stands in their trees at a path where no
//! parent has it.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use gix::ObjectId;
use gix::objs::Kind;

use super::blobs::{Above, Job, Reading};
use super::commit::{Commit, oldest_first};
use super::diff::{Added, Additions, NewTree};
use super::object::{EntryKind, entries};
use super::odb::Odb;
use super::open::Repo;
use super::paths::Paths;
use super::places::{self, Kept, Places};
use super::revisions::choose;
use super::unread::Unread;
use super::{GitEnvironment, Revisions, object, walk};
use crate::{
    Coverage, Detector, Finding, Options, Reason, ScanError, Sink, SourceKind, redact_bytes,
};

/// Searches what the commits add.
///
/// # Errors
/// No repository, or a revision that names nothing here.
pub fn range(
    repo: &Path,
    env: &GitEnvironment,
    revisions: &Revisions,
    detector: &Detector,
    options: &Options,
    sink: Sink<'_>,
) -> Result<Coverage, ScanError> {
    let repo = Repo::open(repo, env)?;
    let mut coverage = Coverage::default();
    let chosen = choose(&repo, revisions)?;
    repo.odb.note(&mut coverage);
    let kept = Kept::new();
    let notable = |job: &Job, findings: &[Finding]| kept.keep(job, findings);
    let reading = repo.reading(detector, options, sink, &notable);
    let places = reading.run(&repo.odb, &mut coverage, |queue, coverage| {
        let mut range = Range::new(&repo, &reading, queue, coverage);
        match chosen.alone {
            true => range.alone(&chosen.tips),
            false => range.between(&chosen.tips, &chosen.hidden),
        }
        range.end().places
    });
    kept.tell(&places, &mut coverage, sink);
    Ok(coverage)
}

/// What a chain of tags ends in.
fn bottom(odb: &Odb, mut id: ObjectId) -> ObjectId {
    let mut body = Vec::new();
    let mut seen = HashSet::new();
    // A tag's id covers its target's, but what is stored under an id may be something else.
    while seen.insert(id)
        && let Ok(Kind::Tag) = odb.read(&id, &mut body)
        && let Some(target) = object::tag_target(&body, odb.hash())
    {
        id = target;
    }
    id
}

/// What a search of a range comes by.
pub(crate) struct Ended {
    /// Where blobs stand beside the places that they were told at.
    pub(crate) places: Places,
    /// Every object that was searched, or that was left out for its path.
    pub(crate) met: HashSet<ObjectId>,
}

/// The search of a range in progress.
pub(crate) struct Range<'a> {
    repo: &'a Repo,
    reading: &'a Reading<'a>,
    queue: &'a dyn Fn(Job),
    coverage: &'a mut Coverage,
    /// Blobs queued, each with the oldest commit that adds it, and the other places of each.
    seen: HashSet<ObjectId>,
    places: Places,
    /// Gitlinks noted. One may have the id of a blob, which is read all the same.
    gitlinks: HashSet<ObjectId>,
    additions: Additions<'a>,
    /// Trees whose names were searched: not those that were only met where they are left out.
    searched: HashSet<ObjectId>,
    /// Trees with a name that tells, and at how many places they were told.
    telling: HashMap<ObjectId, usize>,
    /// Commits and tags searched.
    texts: HashSet<ObjectId>,
    /// Trees and blobs left out for their path.
    excluded: Vec<(ObjectId, Kind)>,
    paths: Paths,
    body: Vec<u8>,
}

impl<'a> Range<'a> {
    pub(crate) fn new(
        repo: &'a Repo,
        reading: &'a Reading<'a>,
        queue: &'a dyn Fn(Job),
        coverage: &'a mut Coverage,
    ) -> Self {
        Self {
            repo,
            reading,
            queue,
            coverage,
            seen: HashSet::new(),
            places: Places::default(),
            gitlinks: HashSet::new(),
            additions: Additions::new(&repo.odb, reading.options),
            searched: HashSet::new(),
            telling: HashMap::new(),
            texts: HashSet::new(),
            excluded: Vec::new(),
            paths: Paths::default(),
            body: Vec::new(),
        }
    }

    /// Searches what the commits add that `tips` reach and `hidden` do not.
    pub(crate) fn between(&mut self, tips: &[ObjectId], hidden: &[ObjectId]) {
        let tips: Vec<ObjectId> = tips.iter().filter_map(|id| self.peel(*id)).collect();
        let hidden: Vec<ObjectId> = hidden.iter().map(|id| bottom(&self.repo.odb, *id)).collect();
        let shallow = self.repo.shallow().into_iter().collect();
        let odb = &self.repo.odb;
        let commits =
            walk::commits(odb, &tips, &hidden, &shallow, self.reading.options, self.coverage);
        self.commits(commits);
    }

    /// Searches what these commits alone add.
    fn alone(&mut self, tips: &[ObjectId]) {
        let tips: Vec<ObjectId> = tips.iter().filter_map(|id| self.peel(*id)).collect();
        let commits = tips.iter().filter_map(|id| self.commit(*id)).collect();
        self.commits(commits);
    }

    fn commits(&mut self, commits: Vec<Commit>) {
        for commit in oldest_first(commits) {
            if self.reading.options.interrupted() {
                break;
            }
            self.commit_adds(&commit);
        }
    }

    /// Ends the search.
    pub(crate) fn end(self) -> Ended {
        for (id, _) in self.telling.iter().filter(|(_, times)| **times > places::MOST) {
            places::note_more(id, self.coverage);
        }
        self.paths.note(self.reading, self.coverage);
        let mut met = self.seen;
        met.extend(self.additions.into_met());
        met.extend(self.texts);
        let mut body = Vec::new();
        let mut waiting = self.excluded;
        while let Some((id, kind)) = waiting.pop() {
            if !met.insert(id)
                || kind != Kind::Tree
                || self.repo.odb.read_tree(&id, &mut body).is_err()
            {
                continue;
            }
            let below = entries(&body, id.kind()).map_while(Result::ok);
            waiting.extend(below.filter_map(|entry| match entry.kind {
                EntryKind::Tree => Some((entry.id, Kind::Tree)),
                EntryKind::Blob => Some((entry.id, Kind::Blob)),
                EntryKind::Gitlink => None,
            }));
        }
        Ended { places: self.places, met }
    }

    /// Searches the texts of a chain of tags, and what it ends in if that is no commit.
    fn peel(&mut self, mut id: ObjectId) -> Option<ObjectId> {
        let mut seen = HashSet::new();
        loop {
            if !seen.insert(id) {
                self.note(&Unread::damaged("a tag that leads to itself"), &id.to_string());
                return None;
            }
            match self.repo.odb.read(&id, &mut self.body) {
                Ok(Kind::Commit) => return Some(id),
                Ok(Kind::Tag) => {
                    self.text(Kind::Tag, &id);
                    id = object::tag_target(&self.body, id.kind())?;
                }
                Ok(Kind::Tree) => {
                    let top = Above::top(id, Arc::default());
                    self.add(&top, &[]);
                    return None;
                }
                Ok(Kind::Blob) => {
                    self.blob(id, b"", &Above::top(id, Arc::default()));
                    return None;
                }
                Err(why) => {
                    self.note(&why, &id.to_string());
                    return None;
                }
            }
        }
    }

    fn commit(&mut self, id: ObjectId) -> Option<Commit> {
        match self.repo.odb.read(&id, &mut self.body) {
            Ok(_) => Some(Commit::parse(id, &self.body)),
            Err(why) => {
                self.note(&why, &id.to_string());
                None
            }
        }
    }

    fn commit_adds(&mut self, commit: &Commit) {
        if let Err(why) = self.repo.odb.read(&commit.id, &mut self.body) {
            return self.note(&why, &commit.id.to_string());
        }
        self.text(Kind::Commit, &commit.id);
        let Some(tree) = commit.tree else {
            let why = Unread { reason: Reason::Damaged, detail: Some("no tree".to_owned()) };
            return self.note(&why, &commit.id.to_string());
        };
        let tree_of = |id: &ObjectId| {
            let mut body = Vec::new();
            self.repo.odb.read(id, &mut body).ok()?;
            Commit::parse(*id, &body).tree
        };
        let parents: Vec<ObjectId> = commit.parents.iter().filter_map(tree_of).collect();
        if !parents.contains(&tree) {
            let top = Above::top(tree, Arc::clone(&commit.facts));
            self.add(&top, &parents);
        }
    }

    fn add(&mut self, top: &Arc<Above>, parents: &[ObjectId]) {
        let nothing = Additions::new(&self.repo.odb, self.reading.options);
        let mut additions = std::mem::replace(&mut self.additions, nothing);
        additions.of(top, parents, self);
        self.additions = additions;
    }

    /// Searches the text of the commit or tag in `self.body`.
    fn text(&mut self, kind: Kind, id: &ObjectId) {
        self.texts.insert(*id);
        self.coverage.objects += 1;
        self.coverage.bytes += self.body.len() as u64;
        let Reading { name, detector, sink, .. } = self.reading;
        let object = (kind, id, self.body.as_slice());
        let found = object::findings(detector, name, object, SourceKind::Blob, self.coverage);
        found.into_iter().for_each(sink);
    }

    fn note(&mut self, why: &Unread, what: &str) {
        self.coverage.skip_because(what.as_bytes(), why.reason, why.detail.as_deref());
    }

    fn is_excluded(&mut self, path: &[u8]) -> bool {
        // The directories above were asked when they were met.
        let excluded = self.reading.options.excludes.fits_entry(path);
        if excluded {
            self.coverage.skip(path, Reason::Excluded);
        }
        excluded
    }
}

impl Added for Range<'_> {
    fn tree(&mut self, tree: &NewTree<'_>, within: &Arc<Above>) -> bool {
        if !self.reading.options.excludes.is_empty() && self.is_excluded(&within.path(b"")) {
            self.excluded.push((within.id, Kind::Tree));
            return false;
        }
        // A tree met again is compared with other parents, but counted once; and searched again
        // only if it tells.
        let is_first = self.searched.insert(within.id);
        if is_first {
            self.coverage.objects += 1;
            self.coverage.bytes += tree.body.len() as u64;
        } else if self.telling.get_mut(&within.id).is_none_or(|times| {
            *times += 1;
            *times > places::MOST
        }) {
            return true;
        }
        let Reading { name, detector, sink, .. } = self.reading;
        let object = (Kind::Tree, &within.id, tree.body);
        let mut names = object::Names::new(tree.body, &within.id);
        let mut again = Coverage::default();
        let coverage = if is_first { &mut *self.coverage } else { &mut again };
        let found = object::findings(detector, name, object, SourceKind::TreeEntry, coverage);
        if is_first && !found.is_empty() {
            self.telling.insert(within.id, 1);
        }
        for mut finding in found {
            let offset = finding.location.offset - 1;
            let Some(name) = names.with(offset) else { continue };
            if tree.is_new(name) {
                finding.location.path = Some(redact_bytes(&within.path(name)));
                within.facts.add_to(&mut finding.location);
                sink(finding);
            }
        }
        true
    }

    fn blob(&mut self, id: ObjectId, name: &[u8], within: &Arc<Above>) {
        if !self.reading.options.excludes.is_empty() && self.is_excluded(&within.path(name)) {
            self.excluded.push((id, Kind::Blob));
            return;
        }
        let path = || within.path(name);
        self.paths.tell(self.reading, (id, SourceKind::Blob), &path, &within.facts);
        if self.seen.insert(id) {
            let above = Arc::clone(within);
            (self.queue)(Job { id, source: SourceKind::Blob, name: name.into(), above });
        } else {
            self.places.again(id, name, within);
        }
    }

    fn gitlink(&mut self, id: ObjectId, name: &[u8], within: &Arc<Above>) {
        if self.gitlinks.insert(id) {
            self.coverage.skip(&within.path(name), Reason::Gitlink);
        }
    }

    fn unread(&mut self, why: Unread, within: &Arc<Above>) {
        let what = format!("{} {}", within.id, within.path(b""));
        self.note(&why, &what);
    }

    fn bounded(&mut self, within: &Arc<Above>) {
        places::bounded(within, self.coverage);
    }
}
