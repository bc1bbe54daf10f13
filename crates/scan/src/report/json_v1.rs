//! The JSON of a scan, version 1: `{"findings":[…],"coverage":{…},"schema":"patrol.scan/v1"}`.
//! The member names are a contract with scripts; new ones may come, these stay.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bstr::{BString, ByteSlice as _};
use serde::Serialize;

use super::{inert, words};
use crate::{Checksum, Coverage, Encoding, Finding};

/// The name of the schema, in the document and in the last line of JSON lines.
pub const SCHEMA: &str = "patrol.scan/v1";

/// Writes one document. The findings appear in the order given; see [`super::sort`].
///
/// # Errors
/// When the output refuses to be written to.
pub fn json_v1(
    findings: &[Finding],
    coverage: &Coverage,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    #[derive(Serialize)]
    struct Document {
        findings: Vec<FindingV1>,
        coverage: CoverageV1,
        schema: &'static str,
    }
    let document = Document {
        findings: findings.iter().map(FindingV1::from).collect(),
        coverage: coverage.into(),
        schema: SCHEMA,
    };
    inert::json(&document, true, out)?;
    writeln!(out)
}

/// A finding as JSON shows it.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the members are those of Finding and Location")]
pub struct FindingV1 {
    pub rule: String,
    /// Null for secrets that are no token of the ledger.
    pub token_id: Option<String>,
    pub status: Option<&'static str>,
    pub owner: Option<String>,
    pub redacted: String,
    /// SHA-256 of the whole token; null for secrets that are not of our format.
    pub digest: Option<String>,
    pub fingerprint: String,
    pub source: &'static str,
    pub repository: Option<String>,
    pub object: Option<String>,
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// The path as text; what is not UTF-8 shows as U+FFFD.
    pub path: Option<String>,
    /// The path's bytes in base64, only where they are not UTF-8.
    pub path_bytes: Option<String>,
    pub line: u64,
    pub column: u64,
    pub end_line: u64,
    pub end_column: u64,
    pub offset: u64,
    pub commit: Option<String>,
    pub author: Option<String>,
    pub date: Option<String>,
    /// The layers of encoding, outermost first; empty: it stood in plain.
    pub encoding: Vec<&'static str>,
    /// The path inside an archive.
    pub archive: Option<String>,
    pub action: &'static str,
    /// What it is, in words.
    pub title: String,
    /// What the checksum in it says: `verified`, `unverified`; null: there is none.
    pub checksum: Option<&'static str>,
}

impl From<&Finding> for FindingV1 {
    fn from(finding: &Finding) -> Self {
        let at = &finding.location;
        let not_utf8 = |path: &&BString| path.to_str().is_err();
        Self {
            rule: finding.secret.rule().to_owned(),
            token_id: finding.token_id.map(|id| id.to_string()),
            status: finding.status.map(|status| status.as_str()),
            owner: finding.owner.clone(),
            redacted: finding.secret.redacted().to_owned(),
            digest: finding.own().map(|token| token.digest.to_string()),
            fingerprint: finding.fingerprint(),
            source: at.source.as_str(),
            repository: at.repository.clone(),
            object: at.object.clone(),
            reference: at.reference.clone(),
            path: at.path.as_ref().map(|path| path.to_str_lossy().into_owned()),
            path_bytes: at.path.as_ref().filter(not_utf8).map(|path| STANDARD.encode(path)),
            line: at.line,
            column: at.column,
            end_line: at.end_line,
            end_column: at.end_column,
            offset: at.offset,
            commit: at.commit.clone(),
            author: at.author.clone(),
            date: at.date.clone(),
            encoding: finding.encoding.iter().copied().map(Encoding::as_str).collect(),
            archive: at.archive.as_ref().map(|path| path.to_str_lossy().into_owned()),
            action: finding.action.as_str(),
            title: words::title(finding),
            checksum: match (finding.own(), words::checksum(finding)) {
                (Some(_), _) | (None, Checksum::Verified) => Some("verified"),
                (None, Checksum::Unverified) => Some("unverified"),
                (None, Checksum::None) => None,
            },
        }
    }
}

/// A coverage record as JSON shows it.
#[derive(Clone, Debug, Serialize)]
#[expect(missing_docs, reason = "the members are those of Coverage")]
pub struct CoverageV1 {
    pub files: u64,
    pub bytes: u64,
    pub objects: u64,
    pub skipped: Vec<SkippedV1>,
    pub complete: bool,
    pub limited: bool,
}

/// One thing that was not read, as JSON shows it.
#[derive(Clone, Debug, Serialize)]
pub struct SkippedV1 {
    /// A path, a ref or an object id.
    pub what: String,
    /// The reason in words, with what the system said after a colon.
    pub why: String,
    /// `nature`, `choice` or `not-read`.
    pub kind: &'static str,
}

impl From<&Coverage> for CoverageV1 {
    fn from(coverage: &Coverage) -> Self {
        let skipped = coverage.skipped().into_iter().map(|entry| SkippedV1 {
            why: match entry.detail {
                Some(detail) => format!("{}: {detail}", entry.reason.as_str()),
                None => entry.reason.as_str().to_owned(),
            },
            what: entry.what,
            kind: entry.reason.class().as_str(),
        });
        Self {
            files: coverage.files,
            bytes: coverage.bytes,
            objects: coverage.objects,
            skipped: skipped.collect(),
            complete: coverage.is_complete(),
            limited: coverage.is_limited(),
        }
    }
}
