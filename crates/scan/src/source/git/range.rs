//! What some commits add: their texts, and whatever stands in their trees at a path where no
//! parent has it.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use gix::ObjectId;
use gix::objs::Kind;

use super::blobs::{Above, Job, Reading};
use super::commit::{Commit, oldest_first};
use super::diff::{Added, added};
use super::names::Refs;
use super::odb::{Odb, Unread};
use super::open::Repo;
use super::{GitEnvironment, object, walk};
use crate::error::reason;
use crate::{
    Coverage, Detector, Options, Reason, ScanError, Sink, SourceKind, redact_bytes, redact_lossy,
};

/// Which commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revisions {
    /// As a person writes it: `A..B`, `A..` (to HEAD), `..B`, `A...B`, or one revision, which
    /// stands for that commit alone.
    Spec(String),
    /// As a hook knows it: what is reachable from `tips` and not from elsewhere. Tips are object
    /// ids in hexadecimal and must be here; what `not` names may be unknown here, it is what the
    /// other side has.
    Tips {
        /// The new ids.
        tips: Vec<String>,
        /// Ids that are known already.
        not: Vec<String>,
        /// Beginnings of ref names, such as `refs/remotes/`: what they point to is known already.
        not_refs: Vec<String>,
    },
}

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
    let reading = repo.reading(detector, options, sink, &|_| {});
    reading.run(&repo.odb, &mut coverage, |queue, coverage| {
        let mut range = Range {
            repo: &repo,
            reading: &reading,
            queue,
            coverage,
            seen: HashSet::new(),
            trees: HashSet::new(),
            body: Vec::new(),
        };
        let tips: Vec<ObjectId> = chosen.tips.iter().filter_map(|id| range.peel(*id)).collect();
        let hidden: Vec<ObjectId> = chosen.hidden.iter().map(|id| bottom(&repo.odb, *id)).collect();
        let commits = match chosen.alone {
            true => tips.iter().filter_map(|id| range.commit(*id)).collect(),
            false => {
                let shallow = repo.shallow().into_iter().collect();
                walk::commits(&repo.odb, &tips, &hidden, &shallow, range.coverage)
            }
        };
        for commit in oldest_first(commits) {
            if options.interrupted() {
                break;
            }
            range.commit_adds(&commit);
        }
    });
    Ok(coverage)
}

/// The ends of a range.
#[derive(Default)]
struct Chosen {
    tips: Vec<ObjectId>,
    hidden: Vec<ObjectId>,
    /// The tips themselves, without what they are reachable from.
    alone: bool,
}

fn choose(repo: &Repo, revisions: &Revisions) -> Result<Chosen, ScanError> {
    let mut chosen = Chosen::default();
    match revisions {
        Revisions::Spec(spec) => return resolve(repo, spec),
        Revisions::Tips { tips, not, not_refs } => {
            for tip in tips {
                let id = repo.id(tip.as_bytes()).filter(|id| repo.odb.has(id));
                let missing = || unknown(tip, "there is no object of that name".to_owned());
                chosen.tips.push(id.ok_or_else(missing)?);
            }
            chosen.hidden.extend(not.iter().filter_map(|id| repo.id(id.as_bytes())));
            if !not_refs.is_empty() {
                // A ref that cannot be read hides nothing: more is searched then.
                let refs = Refs::read(repo, &mut Coverage::default());
                let known = |name: &[u8]| not_refs.iter().any(|r| name.starts_with(r.as_bytes()));
                let refs = refs.tips.into_iter().filter(|tip| known(&tip.name));
                chosen.hidden.extend(refs.map(|tip| tip.id));
            }
        }
    }
    Ok(chosen)
}

/// Resolves what a person wrote. Opened isolated: no configuration but the repository's own, no
/// environment, no includes, no replacement refs.
fn resolve(repo: &Repo, text: &str) -> Result<Chosen, ScanError> {
    let options = gix::open::Options::isolated()
        .with(gix::sec::Trust::Full)
        .open_path_as_is(true)
        .config_overrides(["core.useReplaceRefs=false"]);
    let opened = gix::open_opts(&repo.paths.git_dir, options)
        .map_err(|error| ScanError::Repository { path: repo.name.clone(), why: reason(&error) })?;
    // Git reads an absent end as HEAD.
    let (text, given) = match (text.strip_suffix(".."), text.strip_prefix("..")) {
        (Some(_), None) => (format!("{text}HEAD"), text),
        (None, Some(_)) => (format!("HEAD{text}"), text),
        _ => (text.to_owned(), text),
    };
    let spec =
        opened.rev_parse(text.as_str()).map_err(|error| unknown(given, reason(&error)))?.detach();
    let parents = |id: ObjectId| {
        let mut body = Vec::new();
        match repo.odb.read(&id, &mut body) {
            Ok(Kind::Commit) => Commit::parse(id, &body).parents,
            Ok(_) | Err(_) => Vec::new(),
        }
    };
    use gix::revision::plumbing::Spec;
    Ok(match spec {
        Spec::Include(id) => Chosen { tips: vec![id], alone: true, ..Chosen::default() },
        Spec::ExcludeParents(id) => {
            Chosen { tips: vec![id], hidden: parents(id), ..Chosen::default() }
        }
        Spec::Range { from, to } => {
            Chosen { tips: vec![to], hidden: vec![from], ..Chosen::default() }
        }
        Spec::Merge { theirs, ours } => {
            // Of both sides what the other has not; their common part is what both reach.
            let bases = opened
                .merge_bases_many(theirs, &[ours])
                .map_err(|error| unknown(given, reason(&error)))?;
            let hidden = bases.into_iter().map(gix::Id::detach).collect();
            Chosen { tips: vec![theirs, ours], hidden, ..Chosen::default() }
        }
        Spec::IncludeOnlyParents(id) => Chosen { tips: parents(id), ..Chosen::default() },
        Spec::Exclude(_) => {
            return Err(unknown(given, "it only leaves commits out".to_owned()));
        }
    })
}

fn unknown(spec: &str, why: String) -> ScanError {
    ScanError::Revision { spec: redact_lossy(spec.as_bytes()), why }
}

/// What a chain of tags ends in.
fn bottom(odb: &Odb, mut id: ObjectId) -> ObjectId {
    let mut body = Vec::new();
    while let Ok(Kind::Tag) = odb.read(&id, &mut body) {
        // A tag's id covers its target's, so the chain ends.
        let Some(target) = object::tag_target(&body, odb.hash()) else { break };
        id = target;
    }
    id
}

struct Range<'a> {
    repo: &'a Repo,
    reading: &'a Reading<'a>,
    queue: &'a dyn Fn(Job),
    coverage: &'a mut Coverage,
    /// Blobs queued and gitlinks noted: one that several commits add is reported for the oldest.
    seen: HashSet<ObjectId>,
    trees: HashSet<ObjectId>,
    body: Vec<u8>,
}

impl Range<'_> {
    /// Searches the texts of a chain of tags, and what it ends in if that is no commit.
    fn peel(&mut self, mut id: ObjectId) -> Option<ObjectId> {
        loop {
            match self.repo.odb.read(&id, &mut self.body) {
                Ok(Kind::Commit) => return Some(id),
                Ok(Kind::Tag) => {
                    self.text(Kind::Tag, &id);
                    id = object::tag_target(&self.body, id.kind())?;
                }
                Ok(Kind::Tree) => {
                    let top = Above::top(id, Arc::default());
                    added(&self.repo.odb, &top, &[], self);
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
            added(&self.repo.odb, &top, &parents, self);
        }
    }

    /// Searches the text of the commit or tag in `self.body`.
    fn text(&mut self, kind: Kind, id: &ObjectId) {
        self.coverage.objects += 1;
        self.coverage.bytes += self.body.len() as u64;
        let Reading { name, detector, sink, .. } = self.reading;
        let object = (kind, id, self.body.as_slice());
        object::findings(detector, name, object, SourceKind::Blob).into_iter().for_each(sink);
    }

    fn note(&mut self, why: &Unread, what: &str) {
        self.coverage.skip_because(what.as_bytes(), why.reason, why.detail.as_deref());
    }

    fn excluded(&mut self, path: &[u8]) -> bool {
        let excluded = self.reading.options.excludes.fits(path);
        if excluded {
            self.coverage.skip(path, Reason::Excluded);
        }
        excluded
    }
}

impl Added for Range<'_> {
    fn tree(&mut self, body: &[u8], is_new: &dyn Fn(&[u8]) -> bool, within: &Arc<Above>) -> bool {
        if !self.reading.options.excludes.is_empty() && self.excluded(&within.path(b"")) {
            return false;
        }
        // A tree met again is compared with other parents, but counted and searched once.
        if !self.trees.insert(within.id) {
            return true;
        }
        self.coverage.objects += 1;
        self.coverage.bytes += body.len() as u64;
        let Reading { name, detector, sink, .. } = self.reading;
        let object = (Kind::Tree, &within.id, body);
        for mut finding in object::findings(detector, name, object, SourceKind::TreeEntry) {
            let offset = finding.location.offset - 1;
            let Some(name) = object::name_with(body, offset, &within.id) else { continue };
            if is_new(name) {
                finding.location.path = Some(redact_bytes(&within.path(name)));
                within.facts.add_to(&mut finding.location);
                sink(finding);
            }
        }
        true
    }

    fn blob(&mut self, id: ObjectId, name: &[u8], within: &Arc<Above>) {
        if !self.reading.options.excludes.is_empty() && self.excluded(&within.path(name)) {
            return;
        }
        if self.seen.insert(id) {
            let above = Arc::clone(within);
            (self.queue)(Job { id, source: SourceKind::Blob, name: name.into(), above });
        }
    }

    fn gitlink(&mut self, id: ObjectId, name: &[u8], within: &Arc<Above>) {
        if self.seen.insert(id) {
            self.coverage.skip(&within.path(name), Reason::Gitlink);
        }
    }

    fn unread(&mut self, why: Unread, within: &Arc<Above>) {
        let what = format!("{} {}", within.id, within.path(b""));
        self.note(&why, &what);
    }
}
