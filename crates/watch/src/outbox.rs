//! The queue between the watcher and whoever reads its events. Putting in never waits: when the
//! reader is too slow, events are left out and counted, and the ledger has the facts anyway.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::event::{Event, Warning, WarningKind};

/// A bounded queue of events.
#[derive(Debug)]
pub struct Outbox {
    capacity: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Event>,
    left_out: u64,
    taken: bool,
    closed: bool,
}

impl Outbox {
    /// A queue for at most `capacity` events.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Puts an event in, or counts it when there is no room. Never waits for the reader.
    pub fn put(&self, event: Event) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        if state.queue.len() >= self.capacity {
            state.left_out += 1;
        } else {
            if state.left_out > 0 {
                let warning = left_out(state.left_out);
                state.left_out = 0;
                state.queue.push_back(warning);
            }
            state.queue.push_back(event);
        }
        self.changed.notify_all();
    }

    /// The next event, waiting for it; `None` once the queue is closed and empty. The reader says
    /// [`Outbox::done`] when it has passed the event on.
    pub fn next(&self) -> Option<Event> {
        let mut state = self.lock();
        loop {
            if let Some(event) = state.queue.pop_front() {
                state.taken = true;
                return Some(event);
            }
            if state.left_out > 0 {
                let warning = left_out(state.left_out);
                state.left_out = 0;
                state.taken = true;
                return Some(warning);
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Says that the event last taken has been passed on.
    pub fn done(&self) {
        self.lock().taken = false;
        self.changed.notify_all();
    }

    /// Takes no more events in; what is waiting can still be taken out.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Waits until everything was passed on, but not longer than `patience`. Says whether it was.
    pub fn drained(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut state = self.lock();
        while state.taken || !state.queue.is_empty() || state.left_out > 0 {
            let Some(left) = until.checked_duration_since(Instant::now()) else { return false };
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn left_out(count: u64) -> Event {
    let events = if count == 1 { "event was" } else { "events were" };
    Event::Warning(Warning {
        kind: WarningKind::Dropped,
        repository: None,
        message: format!(
            "{count} {events} left out, as nobody read them in time; what was done is in the ledger"
        ),
    })
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn word(event: &Event) -> String {
        match event {
            Event::Ready { repositories } => repositories.to_string(),
            Event::Warning(warning) => warning.message.clone(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn putting_never_waits_and_what_is_left_out_is_counted_in_its_place() {
        let outbox = Outbox::new(2);
        for n in 1..=4 {
            outbox.put(Event::Ready { repositories: n });
        }
        let mut read = vec![word(&outbox.next().unwrap()), word(&outbox.next().unwrap())];
        outbox.put(Event::Ready { repositories: 5 });
        outbox.close();
        outbox.put(Event::Stopped);
        while let Some(event) = outbox.next() {
            read.push(word(&event));
        }
        let lost =
            "2 events were left out, as nobody read them in time; what was done is in the ledger";
        assert_eq!(read, ["1", "2", lost, "5"]);
    }

    #[test]
    fn draining_waits_for_the_reader_and_not_for_ever() {
        let outbox = Outbox::new(8);
        outbox.put(Event::Stopped);
        assert!(!outbox.drained(Duration::from_millis(5)));
        thread::scope(|scope| {
            scope.spawn(|| {
                let _event = outbox.next();
                thread::sleep(Duration::from_millis(20));
                outbox.done();
            });
            assert!(outbox.drained(Duration::from_secs(20)));
        });
    }
}
