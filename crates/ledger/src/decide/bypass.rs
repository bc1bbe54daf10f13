//! What was let past a scan: recorded whatever it is, as letting it pass waits for the record.

use super::{Decided, person};
use crate::event::{Event, ScanBypassed, Stream};
use crate::person::Personal;
use crate::refusal::Refusal;
use crate::state::State;
use crate::text::{self, clip};

/// Refs that are named; the others are counted.
const REFS_MAX: usize = 50;

/// The longest name of a ref that is kept, in bytes as they stand in the envelope.
const REF_MAX: usize = 256;

/// Rules that are told apart.
const RULES_MAX: usize = 100;

/// Records it. The words of the pusher must be fit to keep; what comes of the push itself is cut to
/// its bound, as it must not keep the record from being made.
pub(super) fn bypass(state: &State, it: &ScanBypassed<String>) -> Result<Vec<Decided>, Refusal> {
    let pusher = person(state, "pusher", &it.pusher)?;
    let reason = it.reason.as_deref().map(|words| text::comment("reason", words)).transpose()?;
    let rules = it.findings.iter().take(RULES_MAX);
    let event = Event::ScanBypassed(Box::new(ScanBypassed {
        by: it.by,
        reason: reason.map(|words| Personal::new(pusher.person, words)),
        pusher,
        repository: it.repository.as_deref().map(|name| clip(name, 4096)),
        refs: it.refs.iter().take(REFS_MAX).map(|name| clip(name, REF_MAX)).collect(),
        more_refs: it.more_refs + it.refs.len().saturating_sub(REFS_MAX) as u64,
        findings: rules.map(|(rule, count)| (clip(rule, 128), *count)).collect(),
        complete: it.complete,
    }));
    Ok(vec![(Stream::Ledger, event)])
}
