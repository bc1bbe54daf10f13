//! What gitleaks goes by when it decides that a finding is known.

/// A finding as the ignore file and the baseline of gitleaks see it.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The rule's id.
    pub rule: &'a str,
    /// The path, from the root of what was scanned, with `/`; `outer!inner` inside of an archive.
    pub path: &'a str,
    /// The commit's full id, if the finding is one of history.
    pub commit: Option<&'a str>,
    /// The line on which the match begins, from 1.
    pub start_line: usize,
    /// The line on which it ends, from 1.
    pub end_line: usize,
    /// SHA-256 of the secret.
    pub digest: &'a [u8; 32],
}
