//! Files that rules report for their path alone: in an index or in commits, each blob at each path
//! once, with the oldest commit that has it there.

use std::collections::HashSet;
use std::sync::Arc;

use bstr::BString;
use gix::ObjectId;
use gix::objs::Kind;

use super::blobs::{Above, Reading};
use super::catalog::Catalog;
use super::commit::{Commit, Facts, oldest_first};
use super::diff::{Added, added};
use super::odb::{Odb, Unread};
use crate::{Coverage, Reason, SourceKind};

/// How much of a history is compared, in names, a directory counting as many: trees that name the
/// same trees over and over have more paths than can ever be looked at.
const MOST: u64 = 1 << 29;
/// What reading a directory costs beside a name.
const DIRECTORY: u64 = 16;

/// What was told.
#[derive(Default)]
pub(crate) struct Paths {
    #[cfg(feature = "rules")]
    told: HashSet<(ObjectId, BString)>,
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
        if findings.peek().is_none() || !self.told.insert((id, path.clone())) {
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
    let mut files = Files { reading, paths: Paths::default(), left: MOST };
    for commit in oldest_first(commits) {
        let Some(tree) = commit.tree else { continue };
        let mut tree_of = |id: &ObjectId| {
            odb.read(id, &mut body).ok()?;
            Commit::parse(*id, &body).tree
        };
        let parents: Vec<ObjectId> = commit.parents.iter().filter_map(&mut tree_of).collect();
        if !parents.contains(&tree) {
            added(odb, &Above::top(tree, Arc::clone(&commit.facts)), &parents, &mut files);
        }
        if files.is_over() {
            break;
        }
    }
    let what = format!("files of {} that rules report for their path", reading.name);
    if files.left == 0 {
        let why = Some("it has too many paths");
        coverage.skip_because(what.as_bytes(), Reason::TooLarge, why);
    } else if files.is_over() {
        coverage.skip(what.as_bytes(), Reason::Stopped);
    }
}

#[cfg(not(feature = "rules"))]
pub(crate) fn of_history(_: &Odb, _: &Catalog, _: &Reading<'_>, _: &mut Coverage) {}

/// The files that commits bring in.
struct Files<'a> {
    reading: &'a Reading<'a>,
    paths: Paths,
    left: u64,
}

impl Files<'_> {
    fn is_over(&self) -> bool {
        self.left == 0 || self.reading.options.interrupted()
    }
}

impl Added for Files<'_> {
    fn tree(&mut self, _: &[u8], _: &dyn Fn(&[u8]) -> bool, _: &Arc<Above>) -> bool {
        self.left = self.left.saturating_sub(DIRECTORY);
        !self.is_over()
    }

    fn blob(&mut self, id: ObjectId, name: &[u8], within: &Arc<Above>) {
        self.left = self.left.saturating_sub(1);
        if self.left > 0 {
            let path = || within.path(name);
            self.paths.tell(self.reading, (id, SourceKind::Blob), &path, &within.facts);
        }
    }

    fn gitlink(&mut self, _: ObjectId, _: &[u8], _: &Arc<Above>) {}

    fn unread(&mut self, _: Unread, _: &Arc<Above>) {}
}
