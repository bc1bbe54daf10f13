//! What is known and accepted: lines of a baseline, and comments on a finding's own line.
//!
//! Nothing of it accepts a token that the ledger calls live, or one that it could not be asked
//! about. What stands in a repository (a comment, the baseline that a `patrol.toml` names) accepts
//! a token of our own only where a ledger says that it does not live; the baseline that the caller
//! names holds without a ledger, too.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use patrol_scan::baseline::Baseline;
use patrol_scan::report::AcceptedBy;
use patrol_scan::{Coverage, Finding, Reason};

use super::collect::{is_live, is_ours};
use super::gitleaks::Gitleaks;
use crate::error::{CliError, Kind};

/// The largest baseline that is read, in bytes: some hundred thousand lines.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Who says what is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// Whoever runs the scan, by a flag.
    Caller,
    /// Whoever writes the repository.
    Repository,
}

/// All that accepts findings.
pub(in crate::cmd) struct Acceptance {
    baselines: Vec<(PathBuf, Voice, Baseline)>,
    gitleaks: Gitleaks,
    has_ledger: bool,
    now: SystemTime,
}

impl Acceptance {
    /// Reads the baselines; where the rules come from a file, those of gitleaks, too.
    ///
    /// # Errors
    /// One that is not there, or is none.
    pub(super) fn read(
        paths: impl IntoIterator<Item = (PathBuf, Voice)>,
        has_rules_file: bool,
        has_ledger: bool,
        now: SystemTime,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Self, CliError> {
        let mut it = Self { baselines: Vec::new(), gitleaks: Gitleaks::default(), has_ledger, now };
        if has_rules_file {
            it.gitleaks = Gitleaks::read(warn)?;
        }
        for (path, voice) in paths {
            let bytes = bytes(&path)?.ok_or_else(|| {
                CliError::config(format!("there is no baseline at {}", path.display()))
                    .hint("make one with `patrol scan --write-baseline FILE`")
            })?;
            if has_rules_file && bytes.trim_ascii_start().starts_with(b"[") {
                it.gitleaks.add(&path, &bytes).map_err(|why: String| broken(&path, &why))?;
            } else {
                it.baselines.push((path.clone(), voice, parse(&path, bytes)?));
            }
        }
        Ok(it)
    }

    /// What the repository's own baselines accept, for a hook.
    ///
    /// # Errors
    /// As [`Acceptance::read`].
    pub(in crate::cmd) fn of_repository(
        paths: &[PathBuf],
        has_ledger: bool,
        now: SystemTime,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Self, CliError> {
        let paths = paths.iter().map(|path| (path.clone(), Voice::Repository));
        Self::read(paths, false, has_ledger, now, warn)
    }

    /// Whether a line of a baseline accepts it.
    pub(in crate::cmd) fn lists(&self, finding: &Finding) -> bool {
        matches!(self.of(finding, false), Some(AcceptedBy::Baseline { .. }))
    }

    /// Whether gitleaks would not show it, by its position. `relative` makes a path one from the
    /// root of the scan.
    pub(super) fn ignores<'p>(
        &self,
        finding: &'p Finding,
        relative: &dyn Fn(&'p [u8]) -> &'p [u8],
    ) -> bool {
        let path = finding.location.path.as_ref();
        finding.own().is_none()
            && path.is_some_and(|path| self.gitleaks.suppresses(finding, relative(path)))
    }

    /// By what a finding is accepted, if it is.
    pub(super) fn of(&self, finding: &Finding, is_ignored: bool) -> Option<AcceptedBy> {
        if is_ours(finding) && is_live(finding.status) {
            return None;
        }
        let may = |voice| {
            !is_ours(finding)
                || match voice {
                    Voice::Caller => true,
                    Voice::Repository => self.has_ledger,
                }
        };
        let heard = self.baselines.iter().filter(|(_, voice, _)| may(*voice));
        let line = heard
            .filter_map(|(.., baseline)| baseline.find(&finding.secret))
            .find(|entry| entry.holds(self.now));
        match line {
            Some(entry) => Some(AcceptedBy::Baseline {
                reason: entry.reason.clone(),
                by: entry.by.clone(),
                expires: entry.expires(),
            }),
            None if is_ignored && !is_ours(finding) => Some(AcceptedBy::Gitleaks),
            None if finding.is_allowed_inline && may(Voice::Repository) => {
                Some(AcceptedBy::Comment)
            }
            None => None,
        }
    }

    /// Says in the coverage that baselines were in force, and warns of what in them no longer holds.
    pub(in crate::cmd) fn note(&self, coverage: &mut Coverage, warn: &mut dyn FnMut(&str)) {
        self.gitleaks.note(coverage);
        for (path, voice, baseline) in &self.baselines {
            let said = match voice {
                Voice::Caller => "",
                Voice::Repository => ", by patrol.toml",
            };
            let why = match baseline.len() {
                1 => format!("1 line{said}"),
                n => format!("{n} lines{said}"),
            };
            coverage.skip_because(
                path.as_os_str().as_encoded_bytes(),
                Reason::Baseline,
                Some(&why),
            );
            let path = path.display();
            match baseline.expired(self.now) {
                0 => {}
                1 => warn(&format!("a line of {path} is past its day and accepts nothing")),
                n => warn(&format!("{n} lines of {path} are past their day and accept nothing")),
            }
        }
    }

    /// Whether a ledger stands behind what is accepted.
    pub(super) fn has_ledger(&self) -> bool {
        self.has_ledger
    }
}

/// The reason of the coverage for what is accepted by something.
pub(super) fn reason(by: &AcceptedBy) -> Reason {
    match by {
        AcceptedBy::Baseline { .. } => Reason::Baseline,
        AcceptedBy::Comment | AcceptedBy::Gitleaks => Reason::Accepted,
    }
}

/// Why a finding was accepted, for the coverage.
pub(super) fn why(by: &AcceptedBy, finding: &Finding) -> String {
    let rule = finding.secret.rule();
    match by {
        AcceptedBy::Comment => format!("{rule}; by a comment on its line"),
        AcceptedBy::Gitleaks => format!("{rule}; as it is for gitleaks"),
        AcceptedBy::Baseline { reason, by, expires } => {
            let mut text = rule.to_owned();
            for (name, fact) in [("", reason), ("by ", by), ("until ", expires)] {
                if let Some(fact) = fact {
                    text.extend(["; ", name, fact]);
                }
            }
            text
        }
    }
}

/// A baseline that is to be written.
pub(super) struct Growing {
    path: PathBuf,
}

impl Growing {
    /// Looks at the file before anything is searched. One that is not there begins empty.
    ///
    /// # Errors
    /// A file that is no baseline, or a directory that nothing can be written to.
    pub(super) fn open(path: &Path) -> Result<Self, CliError> {
        standing(path)?;
        // A long scan must not fail at its end for a mistyped directory.
        drop(temporary(path)?);
        Ok(Self { path: path.to_owned() })
    }

    /// Adds findings and writes the file: a new one in place of the old, whole or not at all. It is
    /// read only now, so that what an editor or another scan has added meanwhile stays.
    ///
    /// # Errors
    /// When it cannot be written, or has become something else than a baseline.
    pub(super) fn write<'f>(
        self,
        findings: impl IntoIterator<Item = &'f Finding>,
        actor: &str,
        now: SystemTime,
    ) -> Result<Written, CliError> {
        let mut baseline = standing(&self.path)?;
        let mut written = Written { path: self.path.clone(), added: 0, past: 0, live: 0 };
        let mut past = BTreeSet::new();
        for finding in findings {
            if is_ours(finding) && is_live(finding.status) {
                written.live += 1;
            } else if baseline.add(finding, "baseline", actor) {
                written.added += 1;
            } else if baseline.find(&finding.secret).is_some_and(|line| !line.holds(now)) {
                past.insert(*finding.secret.digest());
            }
        }
        written.past = past.len();
        let failed = |error| {
            CliError::io(format!("the baseline {} cannot be written", self.path.display()), &error)
        };
        let mut file = temporary(&self.path)?;
        file.write_all(baseline.text().as_bytes()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&self.path).map_err(|error| failed(error.error))?;
        Ok(written)
    }
}

/// What stands in the baseline now; nothing if there is none.
fn standing(path: &Path) -> Result<Baseline, CliError> {
    let bytes = bytes(path)?;
    Ok(bytes.map(|bytes| parse(path, bytes)).transpose()?.unwrap_or_default())
}

/// What came of writing a baseline.
pub(super) struct Written {
    path: PathBuf,
    added: usize,
    /// Secrets that it lists in lines past their day: these stay, as somebody set the day.
    past: usize,
    live: usize,
}

impl Written {
    /// Tells it.
    pub(super) fn tell(&self, ui: &crate::ui::Ui) {
        let path = self.path.display();
        match self.added {
            0 => ui.note(&format!("no secret was added to {path}")),
            1 => ui.note(&format!(
                "1 secret was added to {path}; say in its line who accepts it and why"
            )),
            n => ui.note(&format!(
                "{n} secrets were added to {path}; say in each line who accepts it and why"
            )),
        }
        if self.past > 0 {
            let lines = match self.past {
                1 => "a line of what was found is past its day and accepts nothing".to_owned(),
                n => format!("{n} lines of what was found are past their day and accept nothing"),
            };
            ui.warn(&format!(
                "in {path} {lines}: set another day (expires=), or take it away and write anew"
            ));
        }
        if self.live > 0 {
            ui.warn(&format!(
                "live tokens of the ledger are not put into {path}: revoke them, or scan with --revoke"
            ));
        }
    }
}

/// A file beside `path`, with the mode of the one it will replace.
fn temporary(path: &Path) -> Result<tempfile::NamedTempFile, CliError> {
    use std::os::unix::fs::PermissionsExt as _;
    let failed = |error| CliError::io(format!("{} cannot be written", path.display()), &error);
    let directory = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mode = std::fs::metadata(path).map_or(0o644, |meta| meta.permissions().mode() & 0o777);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".patrol-baseline-").permissions(std::fs::Permissions::from_mode(mode));
    builder.tempfile_in(directory).map_err(failed)
}

/// A file's bytes; `None` if there is no such file.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>, CliError> {
    let name = path.display();
    let failed = |error: &std::io::Error| CliError::io(format!("{name} cannot be read"), error);
    match std::fs::metadata(path) {
        Ok(meta) if !meta.is_file() => {
            return Err(CliError::config(format!("{name} is not a file, and so no baseline")));
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&error)),
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| failed(&error))?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(broken(path, "it has more than 64 MiB"));
    }
    Ok(Some(bytes))
}

fn parse(path: &Path, bytes: Vec<u8>) -> Result<Baseline, CliError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let upto = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = upto.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = upto.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let column = upto.len() - start + 1;
        broken(path, &format!("line {line} column {column}: it is not UTF-8"))
    })?;
    Baseline::parse(&text).map_err(|error| broken(path, &error.to_string()))
}

/// What stands in the file is not told: it may be a secret.
fn broken(path: &Path, why: &str) -> CliError {
    CliError::new(Kind::Config, format!("{} is not a baseline: {why}", path.display()))
        .hint("docs/findings.md describes the file; `--write-baseline FILE` makes one")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::tests::finding;

    #[test]
    fn why_names_rule_reason_and_day() {
        let by = AcceptedBy::Baseline {
            reason: Some("test data".into()),
            by: None,
            expires: Some("2027-01-01".into()),
        };
        assert_eq!(why(&by, &finding()), "patrol-token; test data; until 2027-01-01");
    }

    #[test]
    fn what_others_add_during_the_scan_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("accepted.baseline");
        let mut finding = finding();
        finding.status = Some(patrol_scan::Status::Revoked);
        let now = SystemTime::UNIX_EPOCH;
        let ours = Growing::open(&path).unwrap();
        // Somebody else's run ends while ours still searches, and then an editor saves.
        Growing::open(&path).unwrap().write([&finding], "other", now).unwrap();
        let line = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{line}# to keep\n")).unwrap();
        let written = ours.write([&finding], "me", now).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!((written.added, written.live), (0, 0));
        assert!(text.contains("# to keep\n") && text.contains("other"), "{text}");
        // What is no baseline any more is not written over.
        let ours = Growing::open(&path).unwrap();
        std::fs::write(&path, "no baseline").unwrap();
        assert!(ours.write([&finding], "me", now).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "no baseline");
    }
}
