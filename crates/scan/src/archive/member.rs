//! One member: counted, searched, and opened if it is an archive itself.

use std::io::Read;

use super::Inside;
use super::job::{Fault, Job, Path};
use super::tap::Tap;

/// What came of a member.
pub(super) struct Searched {
    /// Bytes it had.
    pub(super) bytes: u64,
    /// It was read to its end.
    pub(super) is_whole: bool,
}

/// Searches the member at `path`, whose content is `input`, and everything in it. What it could
/// not read is in the coverage.
pub(super) fn search(
    job: &Job<'_>,
    path: &Path<'_>,
    input: &mut dyn Read,
    inside: &mut Inside,
) -> Searched {
    if let Err(met) = job.bounds.member() {
        job.stop(path, met);
    }
    if job.has_stopped() {
        return Searched { bytes: 0, is_whole: false };
    }
    job.path_rules(path);
    let mut tap = Tap::member(job, path, input);
    if let Err(fault) = super::contents(job, path, &mut tap, None)
        && !tap.has_failed()
    {
        job.fault(path, &fault);
    }
    tap.drain();
    let done = tap.finish();
    inside.add_digests(&done.inside);
    let is_whole = done.error.is_none() && !job.has_stopped();
    if let Some(error) = done.error {
        job.fault(path, &Fault::from(error));
    }
    Searched { bytes: done.bytes, is_whole }
}
