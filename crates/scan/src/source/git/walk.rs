//! The commits of a range: reachable from some tips, not from others.

use std::collections::{BinaryHeap, HashMap, HashSet};

use gix::ObjectId;
use gix::objs::Kind;

use super::commit::Commit;
use super::odb::Odb;
use crate::{Coverage, Options, Reason};

/// Commits looked at after nothing wanted is left in the queue, as git does: where clocks were
/// wrong, an excluded commit may reach a wanted one late. What is still missed is reported though
/// it lies outside the range, never the other way round.
const SLOP: usize = 16;

/// The commits reachable from `wanted` and not from `excluded`, in no order. A commit that cannot
/// be read is an entry of the coverage, but for excluded ones. None, when the caller asks to stop:
/// which of them are excluded is known only at the end.
pub(crate) fn commits(
    odb: &Odb,
    wanted: &[ObjectId],
    excluded: &[ObjectId],
    shallow: &HashSet<ObjectId>,
    options: &Options,
    coverage: &mut Coverage,
) -> Vec<Commit> {
    let mut body = Vec::new();
    let mut seen: HashMap<ObjectId, Seen> = HashMap::new();
    let mut queue = BinaryHeap::new(); // newest first
    let mut interesting = 0; // wanted commits in the queue
    let mut slop = SLOP;
    let mut load = |id: ObjectId, wanted: bool, child: Option<ObjectId>| match odb
        .read(&id, &mut body)
    {
        Ok(Kind::Commit) => Some(Commit::parse(id, &body)),
        Ok(_) => None,
        Err(_) if !wanted => None,
        Err(_) if child.is_some_and(|child| shallow.contains(&child)) => {
            coverage.skip(child.map_or(id, |child| child).to_string().as_bytes(), Reason::Shallow);
            None
        }
        Err(unread) => {
            let detail = unread.detail.as_deref();
            coverage.skip_because(id.to_string().as_bytes(), unread.reason, detail);
            None
        }
    };
    let first = excluded.iter().map(|id| (*id, true)).chain(wanted.iter().map(|id| (*id, false)));
    for (id, hidden) in first {
        if options.interrupted() {
            return Vec::new();
        }
        if seen.contains_key(&id) {
            continue;
        }
        if let Some(commit) = load(id, !hidden, None) {
            interesting += usize::from(!hidden);
            queue.push((commit.time, id));
            seen.insert(id, Seen { commit, hidden, queued: true });
        }
    }
    while let Some((_, id)) = queue.pop() {
        if options.interrupted() {
            return Vec::new();
        }
        let Some(at) = seen.get_mut(&id) else { continue };
        at.queued = false;
        let (hidden, parents) = (at.hidden, at.commit.parents.clone());
        interesting -= usize::from(!hidden);
        for parent in parents {
            match seen.get_mut(&parent) {
                // Known as wanted and now excluded: its parents have to learn it too.
                Some(known) if hidden && !known.hidden => {
                    known.hidden = true;
                    if known.queued {
                        interesting -= 1;
                    } else {
                        known.queued = true;
                        queue.push((known.commit.time, parent));
                    }
                }
                Some(_) => {}
                None => {
                    let Some(commit) = load(parent, !hidden, Some(id)) else { continue };
                    interesting += usize::from(!hidden);
                    queue.push((commit.time, parent));
                    seen.insert(parent, Seen { commit, hidden, queued: true });
                }
            }
        }
        if interesting == 0 {
            slop -= 1;
            if slop == 0 {
                break;
            }
        } else {
            slop = SLOP;
        }
    }
    seen.into_values().filter(|it| !it.hidden).map(|it| it.commit).collect()
}

struct Seen {
    commit: Commit,
    hidden: bool,
    queued: bool,
}
