//! zip, and all that is one inside (jar, docx, whl, apk): by its directory, and then whatever the
//! directory does not tell.
//!
//! Readers of zip disagree: some go by the directory at the end, some by the headers before each
//! member, and the two may tell different tales. Here the directory's members are read first; then
//! every stretch of the file that no member and no directory took is looked through for headers of
//! members, so that hidden ones, those of a cut-off archive and those behind or before another
//! file are read too. A member's compressed bytes end where its decoder says, not where a size
//! does.

mod directory;
mod entry;

use std::collections::HashSet;
use std::io;
use std::sync::LazyLock;

use memchr::memmem;

use super::Inside;
use super::bytes::{Bytes, Finder, some};
use super::job::{Fault, Job, Path};
use directory::{Directory, Listed};
use entry::Local;

/// Bytes of the record that ends a zip without a comment.
const END_LENGTH: u64 = 22;

const LOCAL: &[u8; 4] = b"PK\x03\x04";

/// What that record begins with. Made once, as it is looked for in every content there is; from the
/// front, as only that direction is vectorized.
static END: LazyLock<memmem::Finder<'static>> =
    LazyLock::new(|| memmem::Finder::new(b"PK\x05\x06"));

/// Whether some content ends as a zip does, with whatever comment, and a little behind it.
pub(super) fn ends_content(content: &[u8]) -> bool {
    let tail = &content[content.len().saturating_sub(directory::END_AND_COMMENT as usize)..];
    // One disk, and as many entries on it as in all: what stands there by chance has other numbers.
    let is_record = |at: usize| {
        let record = tail[at..].first_chunk::<{ END_LENGTH as usize }>();
        record.is_some_and(|record| record[4..8] == [0; 4] && record[8..10] == record[10..12])
    };
    END.find_iter(tail).any(is_record)
}

/// As [`ends_content`].
pub(super) fn ends_bytes(bytes: &dyn Bytes) -> io::Result<bool> {
    let from = bytes.len().saturating_sub(directory::END_AND_COMMENT);
    Ok(ends_content(&some(bytes, from, directory::END_AND_COMMENT as usize)?))
}

/// Opens the archive that `whole` is, or holds.
pub(super) fn open(
    job: &Job<'_>,
    path: &Path<'_>,
    whole: &dyn Bytes,
    inside: &mut Inside,
) -> Result<(), Fault> {
    let directory = Directory::find(whole)?;
    let mut archive = Archive { job, path, whole, inside, taken: Vec::new(), seen: HashSet::new() };
    let mut outcome = match &directory {
        Some(directory) => archive.listed(directory),
        None => Err(Fault::damaged("it has no directory at its end; what it holds was looked for")),
    };
    if let Err(fault) = archive.hidden() {
        outcome = outcome.and(Err(fault));
    }
    outcome
}

struct Archive<'z, 'n> {
    job: &'z Job<'z>,
    path: &'z Path<'n>,
    whole: &'z dyn Bytes,
    inside: &'z mut Inside,
    /// Stretches that members and the directory took.
    taken: Vec<(u64, u64)>,
    /// Where the members begin that were opened.
    seen: HashSet<u64>,
}

impl Archive<'_, '_> {
    /// The members that the directory lists.
    fn listed(&mut self, directory: &Directory) -> Result<(), Fault> {
        self.job.text(self.path, &directory.comment, self.inside);
        let mut at = directory.start;
        while at < directory.end && !self.job.has_stopped() {
            let Some(listed) = Listed::read(self.whole, at, directory.end)? else {
                self.taken.push((directory.start, at));
                return Err(Fault::damaged("its directory ends too early"));
            };
            self.inside.cover(at, listed.next);
            at = listed.next;
            self.one(&listed, directory.shift)?;
        }
        self.taken.push((directory.start, self.whole.len()));
        Ok(())
    }

    fn one(&mut self, listed: &Listed, shift: u64) -> Result<(), Fault> {
        let mut texts = Inside::default();
        let inner = self.path.named(self.job, &listed.name, &mut texts);
        self.job.text(&inner, &listed.comment, &mut texts);
        self.inside.add(texts, 0);
        let mut local = Local::read(self.whole, listed.local.saturating_add(shift))?;
        if local.is_none() {
            local = Local::read(self.whole, listed.local)?;
        }
        let Some(local) = local else {
            self.job.fault(&inner, &Fault::damaged("its header is not where the directory says"));
            return Ok(());
        };
        if !self.seen.insert(local.at) {
            return Ok(()); // listed twice, perhaps by two names
        }
        let end = entry::open(self.job, &inner, self.whole, &listed.meta, &local, self.inside);
        self.taken.push((local.at, end));
        if local.name != listed.name {
            let mut texts = Inside::default();
            drop(self.path.named(self.job, &local.name, &mut texts));
            self.inside.add(texts, 0);
        }
        if local.meta.disagrees(&listed.meta) {
            let detail = "the directory and its header disagree; it was read by both";
            self.job.fault(&inner, &Fault::damaged(detail));
            entry::open(self.job, &inner, self.whole, &local.meta, &local, self.inside);
        }
        Ok(())
    }

    /// The members in the stretches that nothing took.
    fn hidden(&mut self) -> Result<(), Fault> {
        let mut taken = std::mem::take(&mut self.taken);
        taken.push((self.whole.len(), self.whole.len()));
        taken.sort_unstable();
        let mut finder = Finder::new(self.whole);
        let mut from = 0;
        for (start, end) in taken {
            while let Some(at) = finder.find(LOCAL, from, start)? {
                if self.job.has_stopped() {
                    return Ok(());
                }
                from = self.hidden_at(at)?;
            }
            from = from.max(end);
        }
        Ok(())
    }

    /// The member whose header may be at `at`. Answers where to look on.
    fn hidden_at(&mut self, at: u64) -> Result<u64, Fault> {
        let Some(local) = Local::read(self.whole, at)?.filter(Local::is_plausible) else {
            return Ok(at + LOCAL.len() as u64);
        };
        let mut texts = Inside::default();
        let inner = self.path.named(self.job, &local.name, &mut texts);
        self.inside.add(texts, 0);
        let end = entry::open(self.job, &inner, self.whole, &local.meta, &local, self.inside);
        Ok(end.max(local.data))
    }
}
