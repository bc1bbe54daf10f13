//! Texts that leave: paths, refs, authors, names in archives. A file may be named after a token,
//! so each is searched by the very detector of the scan, and what it finds is put into the form in
//! which it may be shown.

use patrol_scan::{Coverage, Detector, Finding};

/// All texts of a finding's place.
pub(in crate::cmd) fn finding(finding: &mut Finding, detector: &Detector) {
    let at = &mut finding.location;
    for text in [&mut at.path, &mut at.archive].into_iter().flatten() {
        if let Some(hushed) = bytes(text, detector) {
            *text = hushed.into();
        }
    }
    for text in [&mut at.repository, &mut at.reference, &mut at.author].into_iter().flatten() {
        if let Some(hushed) = bytes(text.as_bytes(), detector) {
            *text = String::from_utf8_lossy(&hushed).into_owned();
        }
    }
}

/// All names and details of a coverage.
pub(in crate::cmd) fn coverage(coverage: &mut Coverage, detector: &Detector) {
    coverage.redact(&|text| {
        bytes(text.as_bytes(), detector).map(|it| String::from_utf8_lossy(&it).into_owned())
    });
}

/// The text without what is found in it; `None` if nothing is.
pub(in crate::cmd) fn bytes(text: &[u8], detector: &Detector) -> Option<Vec<u8>> {
    let found = detector.matches(text);
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
