//! The writer: one thread a process, which owns the write connection. Commands come in by a
//! channel; it takes all that wait, decides them in one transaction and commits them together.
//! That is group commit: a thousand waiting commands cost one sync, and nobody waits for a timer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use patrol_token::Entropy;

use crate::command::Request;
use crate::gate::{Gate, always_goes};
use crate::project::StoreError;
use crate::store::{AppendError, Batch, CommandError, Receipt, Store};
use crate::time::Clock;

/// The most events of one transaction: it bounds how long the others wait for it. A single command
/// that makes more (an import) is never split.
const EVENTS_MAX: usize = 4096;
/// The most envelope bytes of one transaction.
const BYTES_MAX: usize = 4 << 20;
/// Commands waiting before a caller has to wait to hand in another.
const QUEUE_MAX: usize = 8192;
/// How long to wait for other processes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A command and where to answer.
struct Job {
    /// In a box, as room for all that may wait is made, and touched, when the ledger is opened.
    request: Box<Request>,
    reply: Sender<Result<Receipt, CommandError>>,
}

/// The calling side. Dropping it ends the thread, after what was handed in is done.
pub(crate) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on a store.
    pub(crate) fn start(
        store: impl Store + 'static,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy + Send + Sync>,
        mut gate: impl Gate,
    ) -> Result<Self, StoreError> {
        let (jobs, queue) = bounded(QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("ledger-writer".into())
            .spawn(move || run(store, &queue, &mut gate, &*clock, &*entropy))
            .map_err(|error| StoreError::Other(format!("no thread for the writer: {error}")))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Hands in a command and waits until it is durable, or refused.
    pub(crate) fn submit(&self, request: Request) -> Result<Receipt, CommandError> {
        let (reply, answer) = bounded(1);
        let stopped = || CommandError::Store(StoreError::Stopped);
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(Job { request: Box::new(request), reply }).map_err(|_| stopped())?;
        // Handed in and never answered: it may have been done.
        let unknown = || StoreError::OutcomeUnknown("the ledger's writer stopped".into());
        answer.recv().map_err(|_| unknown())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported there.
            drop(thread.join());
        }
    }
}

fn run(
    mut store: impl Store,
    queue: &Receiver<Job>,
    gate: &mut dyn Gate,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) {
    while let Ok(first) = queue.recv() {
        let mut answers = Vec::new();
        let attempt = AssertUnwindSafe(|| {
            batch(&mut store, first, (queue, &mut *gate), &mut answers, clock, entropy)
        });
        // A bug met in one batch is reported where it happened; it does not end the writer.
        let outcome = catch_unwind(attempt).unwrap_or_else(|_| {
            let why = "the writer met a bug of its own".to_owned();
            Err(StoreError::OutcomeUnknown(why).into())
        });
        for (reply, receipt) in answers {
            let answer = match &outcome {
                Ok(()) => receipt,
                // Refusals too: what they were decided on may never have been committed.
                Err(error) => Err(error.clone()),
            };
            // A caller that went away does not undo what it asked for.
            drop(reply.send(answer));
        }
    }
}

type Answer = (Sender<Result<Receipt, CommandError>>, Result<Receipt, CommandError>);

/// Decides the first command and all that wait, up to the bounds, and commits.
fn batch(
    store: &mut impl Store,
    first: Job,
    (queue, gate): (&Receiver<Job>, &mut dyn Gate),
    answers: &mut Vec<Answer>,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<(), CommandError> {
    let began = store.begin(PATIENCE).and_then(|tx| Batch::new(tx, entropy));
    let mut batch = match began {
        Ok(batch) => batch,
        Err(error) => {
            answers.push((first.reply, Err(error.clone().into())));
            return Err(error.into());
        }
    };
    // Asked once for all of them, with the log as they will find it.
    let closed = gate.closed();
    let mut next = Some(first);
    while let Some(job) = next {
        if let Some(why) = closed.as_ref().filter(|_| !always_goes(&job.request.command)) {
            answers.push((job.reply, Err(why.clone().into())));
            next = queue.try_recv().ok();
            continue;
        }
        let receipt = batch.run(&job.request, clock);
        let failed = match &receipt {
            Err(CommandError::Store(error)) => Some(error.clone()),
            _ => None,
        };
        answers.push((job.reply, receipt));
        if let Some(error) = failed {
            // Dropping the batch undoes everything decided in it.
            return Err(error.into());
        }
        let room = batch.len() < EVENTS_MAX && batch.bytes() < BYTES_MAX;
        next = if room { queue.try_recv().ok() } else { None };
    }
    batch.commit().map_err(|error| match error {
        AppendError::Conflict => crate::refusal::Refusal::Conflict.into(),
        AppendError::Store(error) => error.into(),
    })
}
