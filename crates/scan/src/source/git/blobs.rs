//! Blobs read on several threads while one thread walks commits and trees.
//!
//! The queue is bounded: a walk that is faster than the reading waits.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bstr::BString;
use gix::ObjectId;
use gix::objs::Kind;

use super::commit::Facts;
use super::lfs;
use super::object;
use super::odb::{OTHER, Odb, is_other};
use super::open::Repo;
use super::unread::Unread;
#[cfg(feature = "archive")]
use crate::archive::{self, Outer};
use crate::source::file::{self, Named};
use crate::source::stream::Window;
use crate::{Coverage, Detector, Finding, Options, Reason, Sink, SourceKind, redact_bytes};

/// Blobs that may wait.
const QUEUE: usize = 1024;

/// Blobs that are not worth a thread.
const FEW: usize = 8;

/// Directories in one another of a path that is told; git itself goes down as many and no more.
const DEEPEST: usize = 4096;
/// What stands for those above.
const DEEPER: &[u8] = "…/".as_bytes();

/// Where a walk is: a tree, or the commit at the top. Shared by everything below it, so a path is
/// put together only for what is found.
#[derive(Debug)]
pub(crate) struct Above {
    pub(crate) id: ObjectId,
    pub(crate) name: BString,
    pub(crate) above: Option<Arc<Self>>,
    pub(crate) facts: Arc<Facts>,
    depth: usize,
}

impl Above {
    /// The top of a walk.
    pub(crate) fn top(id: ObjectId, facts: Arc<Facts>) -> Arc<Self> {
        Arc::new(Self { id, name: BString::default(), above: None, facts, depth: 0 })
    }

    /// A tree below.
    pub(crate) fn below(self: &Arc<Self>, id: ObjectId, name: &[u8]) -> Arc<Self> {
        let (facts, depth) = (Arc::clone(&self.facts), self.depth + 1);
        Arc::new(Self { id, name: name.into(), above: Some(Arc::clone(self)), facts, depth })
    }

    /// Whether it lies deeper than any path is told.
    pub(crate) fn is_deepest(&self) -> bool {
        self.depth >= DEEPEST
    }

    /// A tree below, deeper than that: its path begins anew.
    pub(crate) fn beyond(&self, id: ObjectId, name: &[u8]) -> Arc<Self> {
        let (name, facts) = ([DEEPER, name].concat().into(), Arc::clone(&self.facts));
        Arc::new(Self { id, name, above: None, facts, depth: 0 })
    }

    /// This and everything above it, upwards.
    pub(crate) fn upwards(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |it| it.above.as_deref())
    }

    /// The whole path of `name` in here.
    pub(crate) fn path(&self, name: &[u8]) -> BString {
        let mut parts: Vec<&[u8]> = vec![name];
        parts.extend(self.upwards().map(|it| it.name.as_slice()));
        parts.retain(|part| !part.is_empty());
        parts.reverse();
        BString::from(parts.join(&b'/'))
    }
}

/// Unlinks the way up step by step: dropped recursively, a hostile depth would end the stack.
impl Drop for Above {
    fn drop(&mut self) {
        let mut next = self.above.take();
        while let Some(above) = next {
            next = Arc::into_inner(above).and_then(|mut alone| alone.above.take());
        }
    }
}

/// A blob to read.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: ObjectId,
    /// What reports call it: blob, note or index.
    pub(crate) source: SourceKind,
    pub(crate) name: BString,
    pub(crate) above: Arc<Above>,
}

/// Who is told of a blob that is not clean, and of what was found in it.
pub(crate) type Notable<'a> = &'a (dyn Fn(&Job, &[Finding]) + Sync);

/// What readers need.
pub(crate) struct Reading<'a> {
    /// The repository's name in reports.
    pub(crate) name: &'a str,
    /// Where large files are kept.
    pub(crate) common_dir: &'a Path,
    pub(crate) detector: &'a Detector,
    pub(crate) options: &'a Options,
    pub(crate) sink: Sink<'a>,
    /// Told of each blob that holds a token or could not be read, and of what was found in it.
    pub(crate) notable: Notable<'a>,
}

impl Repo {
    /// What threads need to read blobs of it.
    pub(crate) fn reading<'a>(
        &'a self,
        detector: &'a Detector,
        options: &'a Options,
        sink: Sink<'a>,
        notable: Notable<'a>,
    ) -> Reading<'a> {
        let common_dir = &self.paths.common_dir;
        Reading { name: &self.name, common_dir, detector, options, sink, notable }
    }
}

impl Reading<'_> {
    /// Runs `walk`, which queues blobs, beside threads that read them; returns when all is read.
    pub(crate) fn run<R>(
        &self,
        odb: &Odb,
        coverage: &mut Coverage,
        walk: impl FnOnce(&dyn Fn(Job), &mut Coverage) -> R,
    ) -> R {
        let total = Mutex::new(Coverage::default());
        let (queue, jobs) = crossbeam_channel::bounded::<Job>(QUEUE);
        let result = std::thread::scope(|scope| {
            for _ in 0..self.options.thread_count() {
                let (jobs, odb, total) = (jobs.clone(), odb.clone(), &total);
                scope.spawn(move || {
                    let mut reader = Reader::new(odb);
                    for job in jobs {
                        // Stopped: the queue is emptied unread, so that the walk is not stuck.
                        if !self.options.interrupted() {
                            self.read(&job, &mut reader);
                        }
                    }
                    total.lock().unwrap_or_else(PoisonError::into_inner).merge(reader.coverage);
                });
            }
            // Sending fails only when every reader is gone, which is when this scope ends.
            let result = walk(&|job| drop(queue.send(job)), coverage);
            drop(queue);
            result
        });
        coverage.merge(total.into_inner().unwrap_or_else(PoisonError::into_inner));
        if self.options.interrupted() {
            coverage.skip(b"the objects not reached", Reason::Stopped);
        }
        result
    }

    /// Reads the blobs of `jobs`; a few of them on this thread, as others take longer to begin.
    pub(crate) fn read_all(&self, odb: &Odb, coverage: &mut Coverage, jobs: Vec<Job>) {
        if jobs.len() > FEW || self.options.interrupted() {
            return self.run(odb, coverage, |queue, _| jobs.into_iter().for_each(queue));
        }
        let mut reader = Reader::new(odb.clone());
        for job in &jobs {
            if !self.options.interrupted() {
                self.read(job, &mut reader);
            }
        }
        coverage.merge(reader.coverage);
        if self.options.interrupted() {
            coverage.skip(b"the objects not reached", Reason::Stopped);
        }
    }

    fn read(&self, job: &Job, reader: &mut Reader) {
        let mut body = std::mem::take(&mut reader.body);
        let mut findings = Vec::new();
        let notable = match reader.odb.read(&job.id, &mut body) {
            Ok(kind) => {
                reader.coverage.objects += 1;
                reader.coverage.bytes += body.len() as u64;
                if kind == Kind::Blob {
                    let path = || job.above.path(&job.name);
                    let blob = Blob { id: &job.id, body: &body, source: job.source, path: &path };
                    let is_clean = reader.blob(self, &blob, true, &mut findings);
                    // What is packed has checksums; of a loose object nothing but its file says what
                    // its id stands for.
                    let is_other = reader.odb.is_loose(&job.id) && is_other(&job.id, kind, &body);
                    match is_other {
                        true => reader.unread(job, &Unread::damaged(OTHER)),
                        false => !is_clean,
                    }
                } else {
                    let within = (kind, &job.id, body.as_slice());
                    findings = object::findings(
                        self.detector,
                        self.name,
                        within,
                        job.source,
                        &mut reader.coverage,
                    );
                    // What lies below it is not followed from here.
                    reader.unread(job, &Unread::of_kind(kind, Kind::Blob))
                }
            }
            Err(unread) => reader.unread(job, &unread),
        };
        reader.body = body;
        if notable || !findings.is_empty() {
            (self.notable)(job, &findings);
        }
        for mut finding in findings {
            finding.location.path = Some(redact_bytes(&job.above.path(&job.name)));
            job.above.facts.add_to(&mut finding.location);
            (self.sink)(finding);
        }
    }
}

/// A blob in memory.
pub(crate) struct Blob<'a> {
    pub(crate) id: &'a ObjectId,
    pub(crate) body: &'a [u8],
    pub(crate) source: SourceKind,
    /// Its path, if one is known.
    pub(crate) path: &'a dyn Fn() -> BString,
}

impl Blob<'_> {
    /// As the coverage names it.
    fn what(&self) -> String {
        format!("{} {}", self.id, (self.path)()).trim_end().to_owned()
    }
}

/// What one thread keeps from blob to blob.
pub(crate) struct Reader {
    pub(crate) odb: Odb,
    pub(crate) body: Vec<u8>,
    pub(crate) coverage: Coverage,
    window: Option<Window>,
}

impl Reader {
    pub(crate) fn new(odb: Odb) -> Self {
        Self { odb, body: Vec::new(), coverage: Coverage::default(), window: None }
    }

    /// Notes that a blob could not be read, and says so.
    fn unread(&mut self, job: &Job, why: &Unread) -> bool {
        let what = format!("{} {}", job.id, job.above.path(&job.name));
        self.coverage.skip_because(what.as_bytes(), why.reason, why.detail.as_deref());
        true
    }

    /// Searches a blob, what is inside of it if it is an archive, and the large file that it
    /// points to. In one that is not hot nothing is found in its own bytes. `false` when something
    /// was not read.
    pub(crate) fn blob(
        &mut self,
        reading: &Reading<'_>,
        blob: &Blob<'_>,
        is_hot: bool,
        findings: &mut Vec<Finding>,
    ) -> bool {
        let (mut found, mut is_whole) = (Vec::new(), true);
        if is_hot {
            let object = (Kind::Blob, blob.id, blob.body);
            let (Reading { detector, name, .. }, coverage) = (reading, &mut self.coverage);
            (found, is_whole) =
                object::findings_and_spans(detector, name, object, blob.source, coverage);
        }
        let is_whole = self.inside(reading, blob, &mut found) && is_whole;
        findings.extend(found.into_iter().map(|(finding, _)| finding));
        self.payload(reading, blob, findings) && is_whole
    }

    #[cfg(feature = "archive")]
    fn inside(
        &mut self,
        reading: &Reading<'_>,
        blob: &Blob<'_>,
        findings: &mut Vec<(Finding, (u64, u64))>,
    ) -> bool {
        if !archive::is_packed(blob.body) {
            return true;
        }
        let (name, path) = (blob.what(), (blob.path)());
        let inner_name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let (name, source) = (name.as_bytes(), blob.source);
        let outer = Outer { name, inner_name, source, path: &path };
        let mut coverage = Coverage::default();
        let mut more = Vec::new();
        let mut report = |mut finding: Finding| {
            finding.location.repository = Some(reading.name.to_owned());
            finding.location.object = Some(blob.id.to_string());
            more.push((finding, (0, 0)));
        };
        let Reading { detector, options, .. } = reading;
        let mut inside =
            archive::search(blob.body, &outer, detector, options, &mut coverage, &mut report);
        // What a member holds as it is, it is told of with the member's name.
        findings.retain(|(finding, (start, end))| {
            !inside.repeats(*start, *end, finding.secret.digest())
        });
        findings.append(&mut more);
        let is_whole = coverage.skipped().is_empty();
        self.coverage.merge(coverage);
        is_whole
    }

    #[cfg(not(feature = "archive"))]
    fn inside(
        &mut self,
        _: &Reading<'_>,
        _: &Blob<'_>,
        _: &mut Vec<(Finding, (u64, u64))>,
    ) -> bool {
        true
    }

    /// If the blob points to a large file, searches that and what is inside of it. `false` when it is not here or was not
    /// read whole.
    fn payload(
        &mut self,
        reading: &Reading<'_>,
        blob: &Blob<'_>,
        findings: &mut Vec<Finding>,
    ) -> bool {
        let Some(payload) = lfs::payload(reading.common_dir, blob.body) else {
            return true;
        };
        let (what, path) = (blob.what(), (blob.path)());
        let Ok((mut file, length)) = lfs::open(&payload) else {
            self.coverage.skip(what.as_bytes(), Reason::LfsPayload);
            return false;
        };
        let window = self.window.get_or_insert_with(Window::new);
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        let shown = || what.as_str().into();
        let named = Named { shown: &shown, name, source: SourceKind::Blob, path: &path };
        let how = (reading.detector, reading.options);
        let mut coverage = Coverage::default();
        let (found, ended) =
            file::search_deep(&mut file, length, &named, window, how, &mut coverage);
        if reading.options.interrupted() {
            coverage.skip(what.as_bytes(), Reason::Stopped);
        }
        coverage.files += 1;
        coverage.bytes += ended.bytes;
        let broken = ended.error.map(|error| error.to_string());
        if ended.search_cut {
            coverage.skip(what.as_bytes(), Reason::SearchBound);
        }
        if ended.cut || broken.is_some() {
            coverage.skip_because(what.as_bytes(), Reason::Damaged, broken.as_deref());
        }
        findings.extend(found.into_iter().map(|mut finding| {
            finding.location.repository = Some(reading.name.to_owned());
            finding.location.object = Some(blob.id.to_string());
            finding
        }));
        // Whatever there is to say of it has to be said by the next scan, too.
        let is_whole = coverage.skipped().is_empty();
        self.coverage.merge(coverage);
        is_whole
    }
}
