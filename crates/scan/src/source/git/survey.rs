//! Everything in an object database searched once, by its packs and on all threads, so that a first
//! walk need not read object by object: what was clean by itself is only passed by.
//!
//! Nothing is told from here. What nobody's commits, logs or refs lead to is none of a watcher's
//! business, and only the walk knows where the rest stands.

use std::collections::HashSet;

use gix::ObjectId;
use gix::objs::Kind;

use super::SeenObjects;
use super::catalog::Catalog;
use super::known::Known;
use super::marks::Marks;
use super::objects::search;
use super::open::Repo;
use crate::{Coverage, Detector, Options};

/// What a database held, and what of it is clean by itself.
pub(crate) struct Survey {
    catalog: Catalog,
    blobs: Marks,
    /// They hold something, or were not read whole.
    dirty: HashSet<ObjectId>,
    /// Everything is clean and everything that it names is there, so whatever leads to any of it
    /// need not be followed.
    is_closed: bool,
    /// How much was read.
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
}

impl Survey {
    /// Searches all objects. Of one that was interrupted nothing is to be believed.
    pub(crate) fn make(repo: &Repo, detector: &Detector, options: &Options) -> Self {
        let mut coverage = Coverage::default();
        let catalog = Catalog::read(&repo.odb, &mut coverage);
        let blobs = Marks::new(&catalog);
        let shallow: HashSet<ObjectId> = repo.shallow().into_iter().collect();
        let reading = repo.reading(detector, options, &|_| {}, &|_, _| {});
        let read = search(&repo.odb, &reading, &catalog, &shallow, &Known::default(), Some(&blobs));
        coverage.merge(read.coverage);
        let is_closed = read.dirty.is_empty()
            && read.absent.is_empty()
            && shallow.is_empty()
            && coverage.is_complete();
        let (objects, bytes) = (coverage.objects, coverage.bytes);
        Self { catalog, blobs, dirty: read.dirty, is_closed, objects, bytes }
    }

    /// Whether there is nothing in an object's own content; of what it names this says nothing.
    pub(crate) fn is_clean(&self, kind: Kind, id: &ObjectId) -> bool {
        match kind {
            // A tree may call anything a blob, and one that is none leads on.
            Kind::Blob => self.blobs.get(&self.catalog, id),
            Kind::Tree | Kind::Commit | Kind::Tag => {
                self.catalog.has(id) && !self.dirty.contains(id)
            }
        }
    }

    /// Everything, if it is clean with all that it names.
    pub(crate) fn closed(&self) -> Vec<ObjectId> {
        if self.is_closed { self.catalog.ids() } else { Vec::new() }
    }
}

impl SeenObjects for Survey {
    fn contains(&self, id: &ObjectId) -> bool {
        self.is_closed && self.catalog.has(id)
    }
}
