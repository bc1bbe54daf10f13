//! Which repository to look at, and when. Pure: changes and instants in, repositories out.
//!
//! A change makes its repository due a moment later, so that the handful of files that one commit
//! touches make one look. While a look is under way further changes make one more after it. A
//! repository is never looked at twice at once, and a stream of changes (a fetch of ten thousand
//! refs) leaves as much time between looks as a look takes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// From the first change to the look: git touches the log, then the ref, within this time.
const GATHER: Duration = Duration::from_millis(2);

/// Looks after a directory has appeared: files may have come into it before it was watched.
const ECHOES: [Duration; 2] = [Duration::from_millis(30), Duration::from_millis(150)];

/// The longest pause between two looks at a repository that keeps changing.
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// Pauses before something that could not be read is tried again: doubled from the first to the last.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// How a look ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything new was read.
    Complete,
    /// Something could not be read, or nothing could: to be tried again.
    Incomplete,
}

/// When to look at which repository, by a key of the caller's.
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
    /// Follows one more repository, due at once.
    pub fn add(&mut self, key: K, now: Instant) {
        let slot = Slot { due: vec![now], running: false, not_before: now, failures: 0 };
        self.slots.entry(key).or_insert(slot);
    }

    /// Lets a repository go.
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

    /// Notes a change in every repository.
    pub fn touch_all(&mut self, now: Instant) {
        for key in self.slots.keys().cloned().collect::<Vec<_>>() {
            self.touch(&key, now);
        }
    }

    /// The repositories to look at now. Each is under way until [`Plan::finished`].
    #[must_use = "a repository taken and not looked at is never looked at again"]
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

    /// Notes that the look begun by [`Plan::take_due`] has ended after `took`.
    pub fn finished(&mut self, key: &K, now: Instant, took: Duration, outcome: Outcome) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        slot.running = false;
        slot.not_before = now + took.min(PAUSE_MAX);
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
