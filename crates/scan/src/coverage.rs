//! The coverage record: what was read and what was not, so that "nothing found" can be believed.

use std::collections::BTreeMap;

use crate::{Class, Reason, plain_system_words, redact_lossy};

/// Entries listed for one reason; the ones after it are counted in one more entry, so that a
/// partial clone with a million absent blobs stays a report.
const MAX_LISTED: usize = 1_000;

/// What a scan has read, and each thing it has not read with the reason.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Files read: of a tree, of the index, or the one stream.
    pub files: u64,
    /// Bytes searched.
    pub bytes: u64,
    /// Git objects read.
    pub objects: u64,
    /// Git objects that an earlier scan has read and found clean, and that were not read again.
    pub remembered: u64,
    skipped: BTreeMap<Reason, Listed>,
}

#[derive(Clone, Debug, Default)]
struct Listed {
    entries: Vec<Skipped>,
    unlisted: u64,
}

impl Coverage {
    /// Notes a thing that was not read. `what` (a path, a ref, an object id) is redacted here.
    pub fn skip(&mut self, what: &[u8], reason: Reason) {
        self.skip_because(what, reason, None);
    }

    /// As [`Coverage::skip`], with what the operating system or the decoder said.
    pub fn skip_because(&mut self, what: &[u8], reason: Reason, detail: Option<&str>) {
        let listed = self.skipped.entry(reason).or_default();
        if listed.entries.len() >= MAX_LISTED {
            listed.unlisted += 1;
            return;
        }
        let detail = detail.map(|text| redact_lossy(plain_system_words(text).as_bytes()));
        listed.entries.push(Skipped { what: redact_lossy(what), reason, detail, times: 1 });
    }

    /// Adds what another part of the same scan has read.
    pub fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.objects += other.objects;
        self.remembered += other.remembered;
        for (reason, more) in other.skipped {
            let listed = self.skipped.entry(reason).or_default();
            let room = MAX_LISTED.saturating_sub(listed.entries.len()).min(more.entries.len());
            listed.unlisted += more.unlisted + (more.entries.len() - room) as u64;
            listed.entries.extend(more.entries.into_iter().take(room));
        }
    }

    /// Passes every name and detail through `hush`, which takes out what must not be shown.
    pub fn redact(&mut self, hush: &dyn Fn(&str) -> Option<String>) {
        let entries = self.skipped.values_mut().flat_map(|listed| &mut listed.entries);
        for entry in entries {
            let texts = std::iter::once(&mut entry.what).chain(entry.detail.as_mut());
            for text in texts {
                if let Some(hushed) = hush(text) {
                    *text = hushed;
                }
            }
        }
    }

    /// Everything that was asked for was read, but for what cannot be read by its nature or was
    /// left out by choice.
    pub fn is_complete(&self) -> bool {
        self.skipped.keys().all(|reason| reason.class() != Class::NotRead)
    }

    /// Something was left out by choice.
    pub fn is_limited(&self) -> bool {
        self.skipped.keys().any(|reason| reason.class() == Class::Choice)
    }

    /// What was not read, by reason and name. Beyond 1,000 for one reason, the last entry of the
    /// reason says how many more there are.
    pub fn skipped(&self) -> Vec<Skipped> {
        let mut all = Vec::new();
        for (reason, listed) in &self.skipped {
            let mut entries = listed.entries.clone();
            entries.sort();
            all.extend(entries);
            if listed.unlisted > 0 {
                let what = format!("and {} more", listed.unlisted);
                all.push(Skipped { what, reason: *reason, detail: None, times: listed.unlisted });
            }
        }
        all
    }
}

/// One thing that was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// A path, a ref or an object id.
    pub what: String,
    /// Why.
    pub reason: Reason,
    /// What the operating system or the decoder said.
    pub detail: Option<String>,
    /// How many things this entry stands for: 1, but for the one that counts the rest.
    pub times: u64,
}

#[cfg(test)]
mod tests {
    use super::{Coverage, MAX_LISTED};
    use crate::Reason;

    #[test]
    fn the_list_is_bounded_and_counts_on() {
        let mut coverage = Coverage::default();
        for n in 0..MAX_LISTED + 5 {
            coverage.skip(format!("{n:05}").as_bytes(), Reason::Absent);
        }
        let mut whole = coverage.clone();
        whole.merge(coverage);
        let skipped = whole.skipped();
        assert_eq!(skipped.len(), MAX_LISTED + 1);
        assert_eq!(skipped[MAX_LISTED].what, format!("and {} more", MAX_LISTED + 10));
        assert!(!whole.is_complete() && !whole.is_limited());
    }
}
