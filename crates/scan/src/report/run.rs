//! What a report is about: one run of a scan, whole. The caller gives the times, so that this
//! crate needs no clock, and the root, so that it needs no working directory.

use std::time::SystemTime;

use jiff::Timestamp;

use super::Root;
use crate::{Coverage, Finding};

/// One run of a scan.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// What was found, in the order of [`super::sort`].
    pub findings: &'a [Finding],
    /// What was found and is known and accepted.
    pub accepted: &'a [Accepted],
    /// What was read and what was not.
    pub coverage: &'a Coverage,
    /// When it began.
    pub begun: SystemTime,
    /// When it ended.
    pub ended: SystemTime,
    /// What paths in reports for other programs are relative to.
    pub root: &'a Root,
}

impl Run<'_> {
    /// An instant as ISO 8601 in UTC, to the second, without a zone.
    pub(crate) fn instant(at: SystemTime) -> String {
        let at = Timestamp::try_from(at).unwrap_or(Timestamp::UNIX_EPOCH);
        at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
    }

    /// How long it took, in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        self.ended.duration_since(self.begun).unwrap_or_default().as_secs_f64()
    }
}

/// A finding that somebody has accepted: it is counted and named in the coverage, and does not
/// fail the scan.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The finding.
    pub finding: Finding,
    /// By what.
    pub by: AcceptedBy,
}

/// What accepts a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcceptedBy {
    /// A line of a baseline.
    Baseline {
        /// Why, if the line says so.
        reason: Option<String>,
        /// Who answers for it.
        by: Option<String>,
        /// The first day on which it no longer holds.
        expires: Option<String>,
    },
    /// A comment on the finding's own line.
    Comment,
    /// What gitleaks users have listed, by its position.
    Gitleaks,
}
