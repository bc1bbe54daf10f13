//! Whom a verifier believes (C2SP tlog-policy): logs, witnesses, and how many of these must have
//! cosigned.
//!
//! ```text
//! log <vkey> [<url>]
//! witness <name> <vkey> [<url>]
//! group <name> all|any|<k> <name>…
//! quorum <name>|none
//! ```
//!
//! Keys of algorithms that are not supported here (ML-DSA-44, 0x06) are kept by name: such a witness
//! counts as one that has not cosigned, so a policy is never met because of a key that nobody looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::checkpoint::{Checkpoint, CheckpointError, Signed};
use super::foreign_key::ForeignKey;
use super::note::{Algorithm, KeyError, Note, NoteError, VerifierKey};

/// Lines that are read; the format recommends room for 32 of each kind.
const LINES_MAX: usize = 4096;

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The logs; any of them may have signed.
    pub logs: Vec<Named>,
    /// The witnesses.
    pub witnesses: Vec<Named>,
    /// Logs and witnesses whose keys are of algorithms that this program does not verify.
    pub foreign: Vec<Foreign>,
    groups: BTreeMap<String, (usize, Vec<String>)>,
    /// What must have cosigned; `None`: nobody.
    quorum: Option<String>,
}

/// A log or witness of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// What the policy calls it; of a log, its key's name.
    pub name: String,
    /// Its key.
    pub key: VerifierKey,
    /// Where it is to be reached.
    pub url: Option<String>,
}

/// A log or witness whose signatures cannot be verified here: it counts as one that has not signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// What the policy calls it; of a log, its key's name.
    pub name: String,
    /// Whether it is a log.
    pub is_log: bool,
    key: ForeignKey,
}

/// A checkpoint that a policy accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The checkpoint.
    pub signed: Signed,
    /// The witnesses that cosigned it.
    pub witnesses: Vec<Cosigner>,
}

/// A witness that cosigned a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigner {
    /// What the policy calls it.
    pub name: String,
    /// When, as it says, in seconds since 1970.
    pub time: u64,
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// The line, and the rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut policy = Self {
            logs: Vec::new(),
            witnesses: Vec::new(),
            foreign: Vec::new(),
            groups: BTreeMap::new(),
            quorum: None,
        };
        let (mut quorum, mut members) = (None, BTreeSet::new());
        for (number, line) in text.split('\n').enumerate() {
            let fail = |fault| PolicyError { line: number + 1, fault };
            if number == LINES_MAX {
                return Err(fail(Fault::TooLong));
            }
            if line.contains(|c: char| c.is_ascii_control() && c != '\t') {
                return Err(fail(Fault::ControlCharacter));
            }
            let line = line.trim_matches([' ', '\t']);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let words: Vec<&str> = line.split([' ', '\t']).filter(|w| !w.is_empty()).collect();
            match words[..] {
                ["log", key, ref url @ ..] if url.len() < 2 => {
                    policy.log(key, url.first().copied()).map_err(fail)?;
                }
                ["witness", name, key, ref url @ ..] if url.len() < 2 => {
                    policy.witness(name, key, url.first().copied()).map_err(fail)?;
                }
                ["group", name, k, ref of @ ..] if !of.is_empty() => {
                    policy.group(name, k, of, &mut members).map_err(fail)?;
                }
                ["quorum", name] => {
                    if quorum.is_some() {
                        return Err(fail(Fault::TwoQuorums));
                    }
                    if name != "none" && !policy.knows(name) {
                        return Err(fail(Fault::NotDefined(name.into())));
                    }
                    quorum = Some((name != "none").then(|| name.to_owned()));
                }
                _ => return Err(fail(Fault::Line)),
            }
        }
        let end = PolicyError { line: text.split('\n').count(), fault: Fault::NoQuorum };
        policy.quorum = quorum.ok_or(end)?;
        Ok(policy)
    }

    fn knows(&self, name: &str) -> bool {
        self.groups.contains_key(name)
            || self.witnesses.iter().any(|known| known.name == name)
            || self.foreign.iter().any(|known| !known.is_log && known.name == name)
    }

    /// Keeps a key of an algorithm unknown here: the policy is gone by as far as it can be.
    fn foreign(&mut self, name: String, key: ForeignKey, is_log: bool) -> Result<(), Fault> {
        let same = |known: &Foreign| known.is_log == is_log && known.key.public() == key.public();
        if self.foreign.iter().any(same) {
            return Err(Fault::TwiceTheKey);
        }
        self.foreign.push(Foreign { name, is_log, key });
        Ok(())
    }

    fn log(&mut self, key: &str, url: Option<&str>) -> Result<(), Fault> {
        let key = match VerifierKey::parse(key) {
            Err(KeyError::Algorithm(_)) => {
                let key = ForeignKey::parse(key)?;
                return self.foreign(key.name().to_owned(), key, true);
            }
            key => key?,
        };
        if key.algorithm() != Algorithm::Ed25519 {
            return Err(Fault::NotALog);
        }
        if self.logs.iter().any(|known| known.key.public() == key.public()) {
            return Err(Fault::TwiceTheKey);
        }
        self.logs.push(Named { name: key.name().into(), key, url: url.map(Into::into) });
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str, url: Option<&str>) -> Result<(), Fault> {
        if name == "none" || self.knows(name) {
            return Err(Fault::TwiceTheName(name.into()));
        }
        let key = match VerifierKey::parse(key) {
            Err(KeyError::Algorithm(_)) => {
                return self.foreign(name.into(), ForeignKey::parse(key)?, false);
            }
            key => key?,
        };
        if key.algorithm() != Algorithm::Cosignature {
            return Err(Fault::NotAWitness);
        }
        if self.witnesses.iter().any(|known| known.key.public() == key.public()) {
            return Err(Fault::TwiceTheKey);
        }
        self.witnesses.push(Named { name: name.into(), key, url: url.map(Into::into) });
        Ok(())
    }

    fn group(
        &mut self,
        name: &str,
        k: &str,
        of: &[&str],
        members: &mut BTreeSet<String>,
    ) -> Result<(), Fault> {
        if name == "none" || self.knows(name) {
            return Err(Fault::TwiceTheName(name.into()));
        }
        for member in of {
            if !self.knows(member) {
                return Err(Fault::NotDefined((*member).into()));
            }
            // Each counts in one way only.
            if !members.insert((*member).into()) {
                return Err(Fault::TwiceAMember((*member).into()));
            }
        }
        let threshold = match k {
            "any" => 1,
            "all" => of.len(),
            k => super::decimal(k)
                .and_then(|k| usize::try_from(k).ok())
                .filter(|k| (1..=of.len()).contains(k))
                .ok_or(Fault::Threshold)?,
        };
        let of = of.iter().map(|member| (*member).into()).collect();
        self.groups.insert(name.into(), (threshold, of));
        Ok(())
    }

    /// Whether a witness or group has witnessed, given those that cosigned. Groups know only those
    /// defined before them, so this ends.
    fn witnessed(&self, name: &str, by: &[Cosigner]) -> bool {
        match self.groups.get(name) {
            None => by.iter().any(|cosigner| cosigner.name == name),
            Some((threshold, of)) => {
                of.iter().filter(|member| self.witnessed(member, by)).count() >= *threshold
            }
        }
    }

    /// Accepts a checkpoint signed by one of the logs and cosigned by the quorum.
    ///
    /// # Errors
    /// Why it is not accepted.
    pub fn accept(&self, checkpoint: &[u8]) -> Result<Accepted, NotAccepted> {
        let note = Note::parse(checkpoint)?;
        let said = Checkpoint::parse(note.text())?;
        // A log whose key was replaced is named with each of its keys.
        let of_log = self.logs.iter().filter(|log| log.key.name() == said.origin);
        let mut opened = of_log.map(|log| Checkpoint::open(checkpoint, &log.key));
        let unknown = || {
            let origin = said.origin.clone();
            match self.foreign.iter().any(|log| log.is_log && log.name == origin) {
                true => NotAccepted::ForeignLog(origin),
                false => NotAccepted::UnknownLog(origin),
            }
        };
        let first = opened.next().ok_or_else(unknown)?;
        let signed = first.or_else(|why| opened.find_map(Result::ok).ok_or(why))?;
        let keys: Vec<_> = self.witnesses.iter().map(|witness| witness.key.clone()).collect();
        let good = signed.cosigned(&keys)?;
        let cosigner = |witness: &Named| {
            let verified = good.iter().find(|verified| *verified.key == witness.key)?;
            Some(Cosigner { name: witness.name.clone(), time: verified.time? })
        };
        let by: Vec<_> = self.witnesses.iter().filter_map(cosigner).collect();
        match &self.quorum {
            Some(quorum) if !self.witnessed(quorum, &by) => Err(NotAccepted::NoQuorum {
                quorum: quorum.clone(),
                by: by.into_iter().map(|it| it.name).collect(),
                foreign: self.cannot_be_verified(),
            }),
            _ => Ok(Accepted { signed, witnesses: by }),
        }
    }

    /// The witnesses whose cosignatures this program cannot verify, as the policy calls them.
    pub fn cannot_be_verified(&self) -> Vec<String> {
        let of = self.foreign.iter().filter(|it| !it.is_log);
        of.map(|it| format!("{} (algorithm {:#04x})", it.name, it.key.algorithm())).collect()
    }
}

/// A line of a policy that cannot be gone by.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct PolicyError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a line of a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No line of a policy.
    #[error(
        "a line is `log KEY [URL]`, `witness NAME KEY [URL]`, `group NAME all|any|K NAME…` or `quorum NAME|none`"
    )]
    Line,
    /// More than is read.
    #[error("a policy has at most {LINES_MAX} lines")]
    TooLong,
    /// A control character.
    #[error("a policy has no control characters but tabs and line feeds")]
    ControlCharacter,
    /// A key that is none.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A witness's key for a log.
    #[error("this key is a witness's; a log's key signs without a time (algorithm 0x01)")]
    NotALog,
    /// A log's key for a witness.
    #[error("this key is a log's; a witness's key signs with a time (algorithm 0x04)")]
    NotAWitness,
    /// A key twice.
    #[error("this key stands in the policy already")]
    TwiceTheKey,
    /// A name twice.
    #[error("the name {0} is taken")]
    TwiceTheName(String),
    /// A member twice.
    #[error("{0} is a member of a group already, and counts once")]
    TwiceAMember(String),
    /// A name without meaning.
    #[error("{0} is not defined above")]
    NotDefined(String),
    /// A threshold that is none.
    #[error("a group asks for `all`, `any`, or a number from 1 to that of its members")]
    Threshold,
    /// More than one quorum.
    #[error("a policy has one quorum line; this is the second")]
    TwoQuorums,
    /// None.
    #[error("a policy has one quorum line; this has none (`quorum none` asks for no witness)")]
    NoQuorum,
}

/// Why a policy does not accept a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAccepted {
    /// The note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Of a log that the policy does not name.
    #[error("the policy does not name the log {0}")]
    UnknownLog(String),
    /// Of a log whose key cannot be used here.
    #[error("the policy names the log {0} only by a key of an algorithm that is not supported")]
    ForeignLog(String),
    /// Too few witnesses.
    #[error("the quorum {quorum} has not cosigned; {}", said(.by, .foreign))]
    NoQuorum {
        /// The quorum.
        quorum: String,
        /// Who has.
        by: Vec<String>,
        /// Who may have, by keys that cannot be used here.
        foreign: Vec<String>,
    },
}

fn said(by: &[String], foreign: &[String]) -> String {
    let by = match by {
        [] => "nobody has".into(),
        by => format!("cosigned by {}", by.join(", ")),
    };
    match foreign {
        [] => by,
        foreign => format!("{by}; not supported here, and not counted: {}", foreign.join(", ")),
    }
}
