//! The report over a span of time: what an auditor asks of a register of credentials, from one pass
//! over the log. Figures come from events; what is not recorded is named.

mod document;
mod figures;
mod gather;

use std::collections::BTreeMap;

use patrol_ledger::{Lifetime, Timestamp};
use serde::Serialize;

use crate::app::App;
use crate::audit::ReviewView;
use crate::error::AppError;
pub use figures::{Period, Times};

/// Entries of a list, at most; its count is always exact. It bounds the memory of a report on a
/// ledger of a hundred million tokens.
const LIST_MAX: usize = 10_000;

/// How long a token may lie unused before it is listed.
const UNUSED: Lifetime = Lifetime::days(90);

/// A report. Every list says how many there are in all.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The version of this object.
    pub schema: &'static str,
    /// From this instant on.
    pub from: String,
    /// Until before this instant.
    pub to: String,
    /// When it was made.
    pub made_at: String,
    /// Who holds what, at the start and at the end.
    pub inventory: Inventory,
    /// What was issued and ended, over time.
    pub lifecycle: Lifecycle,
    /// Leaks and the time they took.
    pub leaks: Leaks,
    /// Those who left.
    pub leavers: Leavers,
    /// How old secrets are.
    pub rotation: Rotation,
    /// Living tokens that never end.
    pub never_expiring: List<Entry>,
    /// Living tokens that nobody was noted to use for 90 days.
    pub unused: Unused,
    /// What living tokens may do.
    pub scopes: Granted,
    /// Reviews that were started or signed off in this time, or are open.
    pub reviews: Vec<ReviewView>,
    /// Changed rules, in log order.
    pub policy_changes: List<PolicyChange>,
    /// Pushes that were let past their scan.
    pub bypasses: List<Bypassed>,
    /// The log that all this was read from.
    pub log: Log,
}

/// A list that may have been cut, with how many there are.
#[derive(Clone, Debug, Serialize)]
pub struct List<T> {
    /// How many there are.
    pub count: u64,
    /// The first of them.
    pub entries: Vec<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { count: 0, entries: Vec::new() }
    }
}

impl<T> List<T> {
    fn push(&mut self, entry: impl FnOnce() -> T) {
        self.count += 1;
        if self.entries.len() < LIST_MAX {
            self.entries.push(entry());
        }
    }
}

/// Tokens at two instants.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Inventory {
    /// At the start.
    pub start: Counts,
    /// At the end.
    pub end: Counts,
    /// Owners of living tokens at the end, those with most first.
    pub owners: List<Owner>,
}

/// Tokens by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Accepted.
    pub active: u64,
    /// Laid to rest.
    pub suspended: u64,
    /// Ended by the clock.
    pub expired: u64,
    /// Ended by somebody.
    pub revoked: u64,
}

impl Counts {
    /// Active or suspended.
    pub fn living(&self) -> u64 {
        self.active + self.suspended
    }
}

/// An owner's living tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// The owner; `null` once forgotten.
    pub owner: Option<String>,
    /// How many.
    pub living: u64,
    /// Of these, how many may do anything at all (`*`).
    pub unlimited: u64,
}

/// What was issued and ended.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Lifecycle {
    /// Issued, successors of rotations included.
    pub issued: u64,
    /// Brought in from elsewhere.
    pub imported: u64,
    /// Rotated to a successor.
    pub rotated: u64,
    /// Revoked, ends of overlaps included.
    pub revoked: u64,
    /// Expired, by the clock.
    pub expired: u64,
    /// Suspended.
    pub suspended: u64,
    /// Revoked, by reason.
    pub revoked_by_reason: BTreeMap<&'static str, u64>,
    /// The same over time.
    pub periods: Vec<Period>,
}

/// Leaks.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Leaks {
    /// Tokens first found in this time.
    pub tokens: u64,
    /// Of these, how many still work at the end.
    pub still_usable: u64,
    /// Of these, how many have a commit that tells when they were exposed.
    pub exposure_known: u64,
    /// Of these, how many had ended before they were found; they are in no time to the end.
    pub ended_before_found: u64,
    /// From exposure to detection.
    pub exposed_to_detected: Times,
    /// From detection to revocation (or another end, or suspension).
    pub detected_to_ended: Times,
    /// From exposure to the end.
    pub exposed_to_ended: Times,
    /// From the end to notification: `null`, as this ledger does not record it.
    pub ended_to_notified: Option<Times>,
    /// One by one.
    pub incidents: List<Incident>,
}

/// One leaked token.
#[derive(Clone, Debug, Serialize)]
pub struct Incident {
    /// The token.
    pub token_id: String,
    /// Its owner.
    pub owner: Option<String>,
    /// When it was exposed, by a commit's date; else when it was found.
    pub exposed_at: String,
    /// When it was found.
    pub detected_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
    /// By what.
    pub ended_by: Option<&'static str>,
    /// The position of the first finding.
    pub position: u64,
}

/// Owners whose tokens were revoked because they left.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Leavers {
    /// How many.
    pub owners: u64,
    /// From the first revocation for leaving to the end of the last token held then.
    pub lag: Times,
    /// Owners of whom something still lives.
    pub incomplete: u64,
    /// One by one.
    pub list: List<LeaverEntry>,
}

/// One leaver.
#[derive(Clone, Debug, Serialize)]
pub struct LeaverEntry {
    /// Who; `null` once forgotten.
    pub owner: Option<String>,
    /// The first revocation for leaving.
    pub first_revoked_at: String,
    /// When the last token ended; `null` while one lives.
    pub last_ended_at: Option<String>,
    /// Tokens revoked for leaving.
    pub revoked: u64,
    /// Tokens held then that still live at the end.
    pub living: u64,
    /// Tokens issued to them after the first revocation for leaving: a return, or a mistake.
    pub issued_later: u64,
}

/// How old secrets are.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Rotation {
    /// Age of the living tokens at the end.
    pub age: Times,
    /// Age at which tokens were rotated, in this time.
    pub age_at_rotation: Times,
    /// Living tokens by age.
    pub by_age: Vec<(&'static str, u64)>,
    /// The oldest.
    pub oldest: List<Entry>,
}

/// A token in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The token.
    pub token_id: String,
    /// Its owner; `null` once forgotten.
    pub owner: Option<String>,
    /// Its name; `null` once forgotten.
    pub name: Option<String>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was issued.
    pub created_at: String,
    /// When it was last noted in use, to the day.
    pub last_used_at: Option<String>,
}

/// Living tokens without a noted use.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Unused {
    /// Older than 90 days, and no use noted in the last 90.
    pub unused: List<Entry>,
    /// Of these, how many were never noted in use at all.
    pub never_used: u64,
    /// Living tokens that were noted in use after the end of the report: of them it is not known
    /// whether they had been unused for 90 days then.
    pub used_later: u64,
    /// Whether any use was ever noted in this ledger.
    pub any_use_noted: bool,
}

/// Scopes of living tokens.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Granted {
    /// Each scope with how many living tokens hold it, the most held first.
    pub scopes: List<GrantedScope>,
    /// Living tokens that may do anything (`*`).
    pub unlimited: u64,
    /// Living tokens that may do nothing.
    pub none: u64,
    /// Scopes of living tokens of which no use was ever noted: granted and certainly not needed yet.
    pub on_never_used: u64,
    /// Scopes that were granted and never asked for: `null`, as this ledger does not record which
    /// scope a verification asked for.
    pub never_asked_for: Option<u64>,
}

/// A scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantedScope {
    /// The scope.
    pub scope: String,
    /// Living tokens that hold it.
    pub tokens: u64,
    /// Of these, those of which no use was ever noted.
    pub never_used: u64,
}

/// A change of the ledger's rules.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyChange {
    /// Where it stands in the log.
    pub position: u64,
    /// When.
    pub at: String,
    /// By whom.
    pub actor: Option<String>,
    /// Which member.
    pub key: String,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

/// A push that was let past its scan.
#[derive(Clone, Debug, Serialize)]
pub struct Bypassed {
    /// Where it stands in the log.
    pub position: u64,
    /// When.
    pub at: String,
    /// Who pushed.
    pub pusher: Option<String>,
    /// Where to.
    pub repository: Option<String>,
    /// Why, in their words.
    pub reason: Option<String>,
    /// What let it pass.
    pub by: &'static str,
}

/// The log.
#[derive(Clone, Debug, Serialize)]
pub struct Log {
    /// Its name.
    pub origin: String,
    /// Events that this report covers: those before its end.
    pub covered: u64,
    /// What happened to the log itself: rollbacks that were accepted, keys, persons forgotten.
    pub events: List<OfItself>,
    /// That the log does not continue what was signed of it, in words; `null` if it does.
    pub behind: Option<String>,
    /// Events in the log when it was made.
    pub size: u64,
    /// The root of its tree then, in hexadecimal.
    pub root: String,
    /// The last checkpoint that was signed; `null` if none was.
    pub checkpoint: Option<LogCheckpoint>,
}

/// Something that happened to the log itself.
#[derive(Clone, Debug, Serialize)]
pub struct OfItself {
    /// Where it stands in the log.
    pub position: u64,
    /// When.
    pub at: String,
    /// By whom.
    pub actor: Option<String>,
    /// The type of event.
    pub what: &'static str,
    /// In words.
    pub says: String,
}

/// A signed checkpoint.
#[derive(Clone, Debug, Serialize)]
pub struct LogCheckpoint {
    /// Its number of events.
    pub size: u64,
    /// Its root, in hexadecimal.
    pub root: String,
    /// The signed note, as C2SP writes it.
    pub note: String,
}

impl App {
    /// The report from one instant to another; an end that is yet to come is cut to the present.
    ///
    /// # Errors
    /// A beginning that is yet to come, an end that is not after it, or a store error.
    pub fn report(&self, from: Timestamp, to: Timestamp) -> Result<Report, AppError> {
        let now = self.now()?;
        if from > now {
            return Err(AppError::YetToCome { at: from, now });
        }
        // What is recorded at this very instant belongs to the present.
        let present = Timestamp::from_micros(now.as_micros() + 1);
        let to = to.min(present);
        if to <= from {
            return Err(AppError::Backwards { from, to });
        }
        gather::gather(self, from, to, now)
    }
}
