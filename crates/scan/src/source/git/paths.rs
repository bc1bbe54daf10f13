//! Files that rules report for their path alone: in an index or in commits, each blob at each path
//! once, with the oldest commit that has it there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bstr::BString;
use gix::ObjectId;
use gix::objs::Kind;

use super::blobs::{Above, Reading};
use super::catalog::Catalog;
use super::commit::{Commit, Facts, oldest_first};
use super::diff::{Added, Additions, NewTree};
use super::odb::Odb;
use super::places;
use super::unread::Unread;
use crate::{Coverage, Reason, SourceKind};

/// What was told.
#[derive(Default)]
pub(crate) struct Paths {
    #[cfg(feature = "rules")]
    told: HashMap<ObjectId, HashSet<BString>>,
    /// Places beyond those that are told of one blob.
    more: u64,
}

impl Paths {
    /// Tells of a blob if a rule goes by its path alone.
    #[cfg(feature = "rules")]
    pub(crate) fn tell(
        &mut self,
        reading: &Reading<'_>,
        (id, source): (ObjectId, SourceKind),
        path: &dyn Fn() -> BString,
        facts: &Facts,
    ) {
        let rules = reading.detector.rules();
        if !rules.has_path_rules() {
            return;
        }
        let path = path();
        let mut findings = rules.path_findings(&path, facts.commit.as_deref(), source).peekable();
        if findings.peek().is_none() {
            return;
        }
        let told = self.told.entry(id).or_default();
        if told.len() >= places::MOST && !told.contains(&path) {
            self.more += 1;
            return;
        }
        if !told.insert(path.clone()) {
            return;
        }
        for mut finding in findings {
            let at = &mut finding.location;
            at.repository = Some(reading.name.to_owned());
            at.object = Some(id.to_string());
            facts.add_to(at);
            (reading.sink)(finding);
        }
    }

    #[cfg(not(feature = "rules"))]
    pub(crate) fn tell(
        &mut self,
        _: &Reading<'_>,
        _: (ObjectId, SourceKind),
        _: &dyn Fn() -> BString,
        _: &Facts,
    ) {
    }

    /// Says in the coverage that there was more to tell.
    pub(crate) fn note(&self, reading: &Reading<'_>, coverage: &mut Coverage) {
        if self.more > 0 {
            let what = format!("files of {} that rules report for their path", reading.name);
            let why = format!("each is told at {} paths; {} more are not", places::MOST, self.more);
            coverage.skip_because(what.as_bytes(), Reason::PathBound, Some(&why));
        }
    }
}

/// Tells of every such file that any commit of the catalog brought in, if there is such a rule at
/// all: it takes a comparison of all commits with their parents. What cannot be read was noted
/// when the objects were.
#[cfg(feature = "rules")]
pub(crate) fn of_history(
    odb: &Odb,
    catalog: &Catalog,
    reading: &Reading<'_>,
    coverage: &mut Coverage,
) {
    if !reading.detector.rules().has_path_rules() {
        return;
    }
    let (mut body, mut commits) = (Vec::new(), Vec::new());
    for id in catalog.commits(odb) {
        if matches!(odb.read(&id, &mut body), Ok(Kind::Commit)) {
            commits.push(Commit::parse(id, &body));
        }
    }
    let mut files = Files { reading, paths: Paths::default(), coverage };
    let mut additions = Additions::new(odb, reading.options);
    for commit in oldest_first(commits) {
        let Some(tree) = commit.tree else { continue };
        let mut tree_of = |id: &ObjectId| {
            odb.read(id, &mut body).ok()?;
            Commit::parse(*id, &body).tree
        };
        let parents: Vec<ObjectId> = commit.parents.iter().filter_map(&mut tree_of).collect();
        if !parents.contains(&tree) {
            additions.of(&Above::top(tree, Arc::clone(&commit.facts)), &parents, &mut files);
        }
        if reading.options.interrupted() {
            let what = format!("files of {} that rules report for their path", reading.name);
            files.coverage.skip(what.as_bytes(), Reason::Stopped);
            break;
        }
    }
    files.paths.note(reading, files.coverage);
}

#[cfg(not(feature = "rules"))]
pub(crate) fn of_history(_: &Odb, _: &Catalog, _: &Reading<'_>, _: &mut Coverage) {}

/// The files that commits bring in.
struct Files<'a> {
    reading: &'a Reading<'a>,
    paths: Paths,
    coverage: &'a mut Coverage,
}

impl Added for Files<'_> {
    fn tree(&mut self, _: &NewTree<'_>, _: &Arc<Above>) -> bool {
        true
    }

    fn blob(&mut self, id: ObjectId, name: &[u8], within: &Arc<Above>) {
        let path = || within.path(name);
        self.paths.tell(self.reading, (id, SourceKind::Blob), &path, &within.facts);
    }

    fn gitlink(&mut self, _: ObjectId, _: &[u8], _: &Arc<Above>) {}

    fn unread(&mut self, _: Unread, _: &Arc<Above>) {}

    fn bounded(&mut self, within: &Arc<Above>) {
        places::bounded(within, self.coverage);
    }
}
