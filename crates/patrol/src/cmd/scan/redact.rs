//! Texts that leave: paths, refs, authors, names in archives. A file may be named after a token,
//! so each is searched by the very detector of the scan, and what it finds is put into the form in
//! which it may be shown.

use patrol_scan::{Coverage, Detector, Finding, Reason};

/// All texts of a finding's place. `true`: not all of them could be searched, see [`note_cut`].
#[must_use]
pub(in crate::cmd) fn finding(finding: &mut Finding, detector: &Detector) -> bool {
    let at = &mut finding.location;
    let mut is_cut = false;
    for text in [&mut at.path, &mut at.archive].into_iter().flatten() {
        if let Some(hushed) = bytes(text, detector, &mut is_cut) {
            *text = hushed.into();
        }
    }
    for text in [&mut at.repository, &mut at.reference, &mut at.author].into_iter().flatten() {
        if let Some(hushed) = bytes(text.as_bytes(), detector, &mut is_cut) {
            *text = String::from_utf8_lossy(&hushed).into_owned();
        }
    }
    is_cut
}

/// All names and details of a coverage.
pub(in crate::cmd) fn coverage(coverage: &mut Coverage, detector: &Detector) {
    let is_cut = std::cell::Cell::new(false);
    coverage.redact(&|text| {
        let mut cut = false;
        let hushed = bytes(text.as_bytes(), detector, &mut cut);
        is_cut.set(is_cut.get() || cut);
        hushed.map(|it| String::from_utf8_lossy(&it).into_owned())
    });
    if is_cut.get() {
        note_cut(coverage);
    }
}

/// Names in the coverage that a name was too much to be searched in every disguise.
pub(in crate::cmd) fn note_cut(coverage: &mut Coverage) {
    coverage.skip(b"names of what was found or not read", Reason::SearchBound);
}

/// The text without what is found in it; `None` if nothing is.
pub(in crate::cmd) fn bytes(
    text: &[u8],
    detector: &Detector,
    is_cut: &mut bool,
) -> Option<Vec<u8>> {
    let (found, work) = detector.matches_with_work(text);
    *is_cut |= work.is_cut();
    if found.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for it in found {
        // What overlaps with the one before is hidden as far as it goes beyond.
        if it.start >= from {
            out.extend_from_slice(&text[from..it.start]);
            out.extend_from_slice(it.secret.redacted().as_bytes());
        }
        from = from.max(it.end);
    }
    out.extend_from_slice(&text[from..]);
    Some(out)
}
