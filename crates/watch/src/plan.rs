//! Which repository to look at, and when. Pure: changes and instants in, repositories out.
//!
//! A change makes its repository due a moment later, so that the handful of files that one commit
//! touches make one look. While a look is under way further changes make one more after it. No look
//! is made twice at once, and a stream of changes (a fetch of ten thousand refs) leaves as much
//! time between looks as a look takes.
//!
//! There are two kinds of looks at a repository, each planned by itself: at what is new, which is
//! short and comes at once, and at everything that is not known to be clean, which may be long.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// From the first change to the look: git touches the log, then the ref, within this time.
const GATHER: Duration = Duration::from_millis(2);

/// Looks after a directory has appeared: files may have come into it before it was watched.
const ECHOES: [Duration; 2] = [Duration::from_millis(30), Duration::from_millis(150)];

/// The longest rest between two looks at what is new in a repository that keeps changing.
const REST_MAX: Duration = Duration::from_millis(250);

/// The shortest rest between two looks at everything that is not clean: its tokens may have come
/// to life, or the policy changed.
const AGAIN_REST: Duration = Duration::from_secs(5);

/// Looks at what is not clean may take this part of the time at most.
const AGAIN_SHARE: u32 = 20;

/// Pauses before something that could not be read is tried again: doubled from the first to the last.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// What a look is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Walk {
    /// What nobody has looked at yet.
    New,
    /// That, and what was not clean or could not be read.
    Everything,
}

impl Walk {
    /// How long to rest after a look that took so long.
    pub fn rest(self, took: Duration, outcome: Outcome) -> Duration {
        match (self, outcome) {
            (Self::New, _) => took.min(REST_MAX),
            (Self::Everything, Outcome::Complete) => AGAIN_REST.max(took * AGAIN_SHARE),
            // When to try again is decided by how often it has failed.
            (Self::Everything, Outcome::Incomplete) => took * AGAIN_SHARE,
        }
    }
}

/// How a look ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything new was read.
    Complete,
    /// Something could not be read, or nothing could: to be tried again.
    Incomplete,
}

/// When to look at what, by a key of the caller's.
#[derive(Debug)]
pub struct Plan<K> {
    slots: BTreeMap<K, Slot>,
}

#[derive(Debug)]
struct Slot {
    /// Earliest first; at most one for a change, the echoes and one retry.
    due: Vec<Instant>,
    running: bool,
    not_before: Instant,
    failures: u32,
}

impl<K> Default for Plan<K> {
    fn default() -> Self {
        Self { slots: BTreeMap::new() }
    }
}

impl<K: Ord + Clone> Plan<K> {
    /// Plans one more thing to look at, due at once.
    pub fn add(&mut self, key: K, now: Instant) {
        self.expect(key.clone(), now);
        self.schedule(&key, now);
    }

    /// Plans one more thing to look at, due when it changes.
    pub fn expect(&mut self, key: K, now: Instant) {
        let slot = Slot { due: Vec::new(), running: false, not_before: now, failures: 0 };
        self.slots.entry(key).or_insert(slot);
    }

    /// Lets it go.
    pub fn remove(&mut self, key: &K) {
        self.slots.remove(key);
    }

    /// Notes a change.
    pub fn touch(&mut self, key: &K, now: Instant) {
        self.schedule(key, now + GATHER);
    }

    /// Notes a new directory: a change, and two more looks soon after.
    pub fn touch_shape(&mut self, key: &K, now: Instant) {
        self.touch(key, now);
        for echo in ECHOES {
            if let Some(slot) = self.slots.get_mut(key)
                && slot.due.len() <= 2 * ECHOES.len()
            {
                slot.due.push(now + echo);
                slot.due.sort();
            }
        }
    }

    /// What to look at now. Each is under way until [`Plan::finished`].
    #[must_use = "what is taken and not looked at is never looked at again"]
    pub fn take_due(&mut self, now: Instant) -> Vec<K> {
        let mut taken = Vec::new();
        for (key, slot) in &mut self.slots {
            if slot.next().is_some_and(|at| at <= now) {
                slot.due.retain(|at| *at > now);
                slot.running = true;
                taken.push(key.clone());
            }
        }
        taken
    }

    /// Notes that the look begun by [`Plan::take_due`] has ended; the next one comes after `rest`.
    pub fn finished(&mut self, key: &K, now: Instant, rest: Duration, outcome: Outcome) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.running = false;
        slot.not_before = now + rest;
        match outcome {
            Outcome::Complete => slot.failures = 0,
            Outcome::Incomplete => {
                let pause = RETRY.0.saturating_mul(1 << slot.failures.min(16)).min(RETRY.1);
                slot.failures = slot.failures.saturating_add(1);
                self.schedule(key, now + pause);
            }
        }
    }

    /// When [`Plan::take_due`] will next have something; `None`: not before a change.
    pub fn next(&self) -> Option<Instant> {
        self.slots.values().filter_map(Slot::next).min()
    }

    fn schedule(&mut self, key: &K, at: Instant) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        // A look that is due earlier and has not begun will see this change too.
        if slot.due.first().is_none_or(|first| *first > at) {
            slot.due.insert(0, at);
        }
    }
}

impl Slot {
    fn next(&self) -> Option<Instant> {
        let first = self.due.first().filter(|_| !self.running)?;
        Some(*first.max(&self.not_before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn started(now: Instant) -> Plan<&'static str> {
        let mut plan = Plan::default();
        plan.add("a", now);
        assert_eq!(plan.take_due(now), ["a"]);
        plan.finished(&"a", now, Duration::ZERO, Outcome::Complete);
        assert_eq!(plan.next(), None);
        plan
    }

    #[test]
    fn a_burst_is_one_look() {
        let now = Instant::now();
        let mut plan = started(now);
        for micros in [0, 100, 700, 1500] {
            plan.touch(&"a", now + Duration::from_micros(micros));
        }
        assert_eq!(plan.next(), Some(now + GATHER));
        assert!(plan.take_due(now + MS).is_empty());
        assert_eq!(plan.take_due(now + GATHER), ["a"]);
        assert_eq!(plan.next(), None);
    }

    #[test]
    fn a_change_during_a_look_makes_one_more_after_it() {
        let now = Instant::now();
        let mut plan = started(now);
        plan.touch(&"a", now);
        assert_eq!(plan.take_due(now + 2 * MS), ["a"]);
        plan.touch(&"a", now + 3 * MS);
        plan.touch(&"a", now + 4 * MS);
        assert!(plan.take_due(now + 50 * MS).is_empty());
        plan.finished(&"a", now + 52 * MS, 50 * MS, Outcome::Complete);
        assert_eq!(plan.next(), Some(now + 102 * MS));
        assert_eq!(plan.take_due(now + 102 * MS), ["a"]);
        plan.finished(&"a", now + 110 * MS, 8 * MS, Outcome::Complete);
        assert_eq!(plan.next(), None);
    }

    #[test]
    fn a_new_directory_is_looked_at_again() {
        let now = Instant::now();
        let mut plan = started(now);
        plan.touch_shape(&"a", now);
        let mut looks = Vec::new();
        for ms in 0..400 {
            for key in plan.take_due(now + ms * MS) {
                looks.push(ms);
                plan.finished(&key, now + ms * MS, Duration::ZERO, Outcome::Complete);
            }
        }
        assert_eq!(looks, [2, 30, 150]);
    }

    #[test]
    fn what_cannot_be_read_is_tried_again_ever_more_slowly() {
        let mut now = Instant::now();
        let mut plan = started(now);
        plan.touch(&"a", now);
        now += GATHER;
        let mut pauses = Vec::new();
        for _ in 0..12 {
            assert_eq!(plan.take_due(now), ["a"]);
            plan.finished(&"a", now, Duration::ZERO, Outcome::Incomplete);
            let next = plan.next().unwrap();
            pauses.push((next - now).as_secs());
            now = next;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        // A change is not held back by the pause.
        plan.touch(&"a", now - 100 * Duration::from_secs(1));
        assert!(plan.next().unwrap() < now);
    }

    #[test]
    fn long_looks_take_a_small_part_of_the_time() {
        let second = Duration::from_secs(1);
        assert_eq!(Walk::New.rest(50 * MS, Outcome::Complete), 50 * MS);
        assert_eq!(Walk::New.rest(second, Outcome::Complete), REST_MAX);
        assert_eq!(Walk::Everything.rest(MS, Outcome::Complete), AGAIN_REST);
        assert_eq!(Walk::Everything.rest(second, Outcome::Complete), 20 * second);
        assert_eq!(Walk::Everything.rest(10 * MS, Outcome::Incomplete), 200 * MS);
    }

    #[test]
    fn what_was_let_go_is_never_due() {
        let now = Instant::now();
        let mut plan = started(now);
        plan.touch(&"a", now);
        plan.remove(&"a");
        plan.touch(&"a", now);
        plan.finished(&"a", now, MS, Outcome::Incomplete);
        assert_eq!(plan.next(), None);
    }
}
