//! A commit as the walks need it: what it points to, when it was made, and how a finding names it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use gix::ObjectId;
use gix::objs::Kind;

use super::text;
use super::text::object_id;
use crate::Location;

/// The links of a commit.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) id: ObjectId,
    pub(crate) tree: Option<ObjectId>,
    pub(crate) parents: Vec<ObjectId>,
    /// The committer's time, for the order only.
    pub(crate) time: i64,
    pub(crate) facts: Arc<Facts>,
}

/// What a finding says of the commit that brought it in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) commit: Option<String>,
    author: Option<String>,
    date: Option<String>,
}

impl Commit {
    pub(crate) fn parse(id: ObjectId, body: &[u8]) -> Self {
        let hash = id.kind();
        let mut commit =
            Self { id, tree: None, parents: Vec::new(), time: 0, facts: Arc::default() };
        let mut author = None;
        for (name, value) in text::headers(body) {
            match name {
                b"tree" => commit.tree = commit.tree.or_else(|| object_id(value, hash)),
                b"parent" => commit.parents.extend(object_id(value, hash)),
                b"author" => author = author.or(Some(value)),
                b"committer" => commit.time = text::seconds(value).unwrap_or(0),
                _ => {}
            }
        }
        let (author, date) = author.map(text::signature).unwrap_or_default();
        commit.facts = Arc::new(Facts { commit: Some(id.to_string()), author, date });
        commit
    }
}

impl Facts {
    /// Those of a commit's or a tag's own text. A tag is no commit, so it names none.
    pub(crate) fn of(kind: Kind, id: ObjectId, body: &[u8]) -> Arc<Self> {
        if kind == Kind::Commit {
            return Commit::parse(id, body).facts;
        }
        let tagger = text::header(body, "tagger").map(text::signature);
        let (author, date) = tagger.unwrap_or_default();
        Arc::new(Self { commit: None, author, date })
    }

    pub(crate) fn add_to(&self, location: &mut Location) {
        location.commit.clone_from(&self.commit);
        location.author.clone_from(&self.author);
        location.date.clone_from(&self.date);
    }
}

/// Brings commits into the order in which the first one to hold something brought it in: parents
/// before children, and among those that could come next the oldest. Parents that are not among
/// the commits are taken to be known already.
pub(crate) fn oldest_first(commits: Vec<Commit>) -> Vec<Commit> {
    let places: HashMap<ObjectId, usize> =
        commits.iter().enumerate().map(|(place, commit)| (commit.id, place)).collect();
    let mut waits_for = vec![0usize; commits.len()];
    let mut children = vec![Vec::new(); commits.len()];
    for (place, commit) in commits.iter().enumerate() {
        for parent in commit.parents.iter().filter_map(|parent| places.get(parent)) {
            waits_for[place] += 1;
            children[*parent].push(place);
        }
    }
    let mut ready: BinaryHeap<_> = (0..commits.len())
        .filter(|place| waits_for[*place] == 0)
        .map(|place| Reverse((commits[place].time, commits[place].id, place)))
        .collect();
    let mut order = Vec::with_capacity(commits.len());
    while let Some(Reverse((_, _, place))) = ready.pop() {
        order.push(place);
        for child in &children[place] {
            waits_for[*child] -= 1;
            if waits_for[*child] == 0 {
                ready.push(Reverse((commits[*child].time, commits[*child].id, *child)));
            }
        }
    }
    // A commit's id covers its parents, so there is no circle and `order` holds all of them.
    let mut commits: Vec<Option<Commit>> = commits.into_iter().map(Some).collect();
    order.into_iter().filter_map(|place| commits[place].take()).collect()
}
