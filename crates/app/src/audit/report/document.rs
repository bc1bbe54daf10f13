//! The report as a document: the order in which an auditor reads it.

use patrol_ledger::{Lifetime, Timestamp, counted};

use super::{Entry, List, Report, Times};
use crate::audit::controls;
use crate::audit::page::{Chart, Document, Section, Series, Table, fact};
use crate::audit::words::{scopes, span, span_of_commits, when};

/// What a chart counts of each period.
type Count = fn(&super::Period) -> u64;

impl Report {
    /// The report as a document.
    pub fn document(&self) -> Document {
        Document {
            title: "Access token report".into(),
            about: vec![
                fact("ledger", &self.log.origin),
                fact("from", format!("{} (included)", instant(&self.from))),
                fact("to", format!("{} (not included)", instant(&self.to))),
                fact("made", instant(&self.made_at)),
            ],
            sections: vec![
                self.inventory_section(),
                self.lifecycle_section(),
                self.leaks_section(),
                self.leavers_section(),
                self.rotation_section(),
                self.never_section(),
                self.unused_section(),
                self.scopes_section(),
                crate::audit::review::section(&self.reviews),
                self.policy_section(),
                self.bypass_section(),
                self.log_section(),
            ],
            closing: vec![
                fact("events covered", self.log.covered),
                fact("log size", self.log.size),
                fact("log root", &self.log.root),
                fact(
                    "checkpoint",
                    self.log.checkpoint.as_ref().map_or_else(
                        || "none was signed yet: `patrol audit checkpoint`".to_owned(),
                        |it| format!("of {}, root {}", counted(it.size, "event"), it.root),
                    ),
                ),
                fact("to check it", "patrol check recomputes the root from the log's bytes"),
            ],
        }
    }

    fn inventory_section(&self) -> Section {
        let (start, end) = (self.inventory.start, self.inventory.end);
        let owners = self.inventory.owners.entries.iter();
        let owners = owners.map(|it| {
            vec![name(it.owner.as_ref()), it.living.to_string(), it.unlimited.to_string()]
        });
        let mut table = Table::new(&["owner", "living tokens", "of these unlimited"], owners);
        table.omitted = left_out(&self.inventory.owners, table.rows.len());
        let counts = [
            ("active", start.active, end.active),
            ("suspended", start.suspended, end.suspended),
            ("expired", start.expired, end.expired),
            ("revoked", start.revoked, end.revoked),
        ];
        let counts = counts
            .map(|(name, start, end)| vec![name.to_owned(), start.to_string(), end.to_string()]);
        let counts = Table::new(&["status", "at the start", "at the end"], counts);
        Section {
            title: "Inventory".into(),
            says: vec![format!(
                "{} lived at the start and {} at the end, held by {}.",
                counted(start.living(), "token"),
                end.living(),
                counted(self.inventory.owners.count, "owner")
            )],
            facts: Vec::new(),
            charts: vec![
                self.chart(
                    "Living tokens at the end of each period",
                    &[("living", |it| it.living)],
                ),
            ],
            tables: vec![counts, table],
            gaps: Vec::new(),
            controls: controls::INVENTORY.to_vec(),
        }
    }

    fn chart(&self, title: &str, series: &[(&'static str, Count)]) -> Chart {
        let periods = &self.lifecycle.periods;
        let day = |text: &String| text.get(..10).unwrap_or(text).to_owned();
        Chart {
            title: title.into(),
            labels: periods.iter().map(|period| day(&period.from)).collect(),
            series: series
                .iter()
                .map(|(name, of)| Series { name, values: periods.iter().map(of).collect() })
                .collect(),
        }
    }

    fn lifecycle_section(&self) -> Section {
        let it = &self.lifecycle;
        let reasons = it.revoked_by_reason.iter();
        let reasons = reasons.map(|(reason, count)| vec![(*reason).to_owned(), count.to_string()]);
        Section {
            title: "Issued, rotated, revoked, expired".into(),
            says: vec![
                "Every token ends once: revoked by somebody, at the end of a rotation's overlap, or \
                 expired, whichever came first. Ends count when they took effect, recorded or not."
                    .into(),
            ],
            facts: vec![
                fact("issued", it.issued),
                fact("imported", it.imported),
                fact("rotated", it.rotated),
                fact("suspended", it.suspended),
                fact("revoked", it.revoked),
                fact("expired", it.expired),
            ],
            charts: vec![self.chart(
                "Issued or imported, rotated, revoked and expired in each period",
                &[
                    ("issued", |it| it.issued),
                    ("rotated", |it| it.rotated),
                    ("revoked", |it| it.revoked),
                    ("expired", |it| it.expired),
                ],
            )],
            tables: vec![Table::new(&["revoked because", "tokens"], reasons)],
            gaps: Vec::new(),
            controls: controls::LIFECYCLE.to_vec(),
        }
    }

    fn leaks_section(&self) -> Section {
        let it = &self.leaks;
        let verdict = match (it.tokens, it.still_usable) {
            (0, _) => "No token was found where it must not be.".to_owned(),
            (tokens, 0) => {
                format!("{} found where they must not be; none works any more.", was(tokens))
            }
            (tokens, 1) => {
                format!("{} found where they must not be; 1 STILL WORKS.", was(tokens))
            }
            (tokens, usable) => {
                format!("{} found where they must not be; {usable} STILL WORK.", was(tokens))
            }
        };
        let rows = it.incidents.entries.iter().map(|it| {
            let ended = it.ended_at.as_ref().zip(it.ended_by);
            vec![
                it.token_id.clone(),
                name(it.owner.as_ref()),
                instant(&it.exposed_at),
                instant(&it.detected_at),
                ended.map_or("still works".into(), |(at, how)| format!("{how} {}", instant(at))),
                it.position.to_string(),
            ]
        });
        let mut table =
            Table::new(&["token", "owner", "exposed", "found", "ended", "position"], rows);
        table.omitted = left_out(&it.incidents, table.rows.len());
        let mut gaps = vec![
            "the time to notification: this ledger does not record when anybody was told"
                .to_owned(),
        ];
        let mut says = vec![verdict];
        if it.ended_before_found > 0 {
            says.push(format!(
                "{} of them had ended before; the times from found to ended leave these out.",
                it.ended_before_found
            ));
        }
        let unknown = it.tokens - it.exposure_known;
        if unknown > 0 {
            gaps.push(format!(
                "when {} exposed: no commit tells; they are counted from when they were found",
                was(unknown)
            ));
        }
        Section {
            title: "Exposure to revocation".into(),
            says,
            tables: vec![
                times(&[
                    ("exposed → found", &it.exposed_to_detected, span_of_commits),
                    ("found → ended", &it.detected_to_ended, span),
                    ("exposed → ended", &it.exposed_to_ended, span_of_commits),
                ]),
                table,
            ],
            gaps: if it.tokens == 0 { Vec::new() } else { gaps },
            controls: controls::INCIDENTS.to_vec(),
            ..Section::default()
        }
    }

    fn leavers_section(&self) -> Section {
        let it = &self.leavers;
        let rows = it.list.entries.iter().map(|it| {
            vec![
                name(it.owner.as_ref()),
                instant(&it.first_revoked_at),
                it.last_ended_at.as_ref().map_or("not yet".into(), instant),
                it.revoked.to_string(),
                it.living.to_string(),
                it.issued_later.to_string(),
            ]
        });
        let head = [
            "owner",
            "first revoked for leaving",
            "last ended",
            "revoked",
            "still living",
            "issued since",
        ];
        let mut table = Table::new(&head, rows);
        table.omitted = left_out(&it.list, table.rows.len());
        Section {
            title: "Leavers".into(),
            says: vec![match (it.owners, it.incomplete) {
                (0, _) => "Nobody's tokens were revoked for leaving.".into(),
                (owners, 0) => {
                    format!("{} left; nothing of theirs still works.", counted(owners, "owner"))
                }
                (owners, some) => {
                    format!("{} left, and {some} of them STILL HOLD living tokens.", counted(owners, "owner"))
                }
            }],
            tables: vec![times(&[("lag", &it.lag, span)]), table],
            gaps: vec![
                "when people left: the ledger has no such record. The lag is counted from the first \
                 revocation for leaving to the end of the last token that was there then; `patrol audit \
                 leaver OWNER --left INSTANT` counts from a given instant"
                    .into(),
            ],
            controls: controls::LEAVERS.to_vec(),
            ..Section::default()
        }
    }

    fn rotation_section(&self) -> Section {
        let it = &self.rotation;
        let ages = [
            ("age of living tokens", &it.age, span as Words),
            ("age when rotated", &it.age_at_rotation, span),
        ];
        Section {
            title: "Rotation age".into(),
            says: match it.oldest.entries.len() {
                0 => vec!["Nothing lives.".into()],
                _ => vec!["The oldest living tokens stand below.".into()],
            },
            charts: vec![Chart {
                title: "Living tokens by age".into(),
                labels: it.by_age.iter().map(|(name, _)| (*name).to_owned()).collect(),
                series: vec![Series {
                    name: "living",
                    values: it.by_age.iter().map(|(_, count)| *count).collect(),
                }],
            }],
            tables: vec![times(&ages), entries(&it.oldest, false)],
            gaps: Vec::new(),
            controls: controls::ROTATION.to_vec(),
            facts: Vec::new(),
        }
    }

    fn never_section(&self) -> Section {
        Section {
            title: "Never-expiring tokens".into(),
            says: vec![match self.never_expiring.count {
                0 => "Every living token has an end.".into(),
                count => format!("{} without an end.", lives(count)),
            }],
            tables: vec![entries(&self.never_expiring, true)],
            controls: controls::NEVER.to_vec(),
            ..Section::default()
        }
    }

    fn unused_section(&self) -> Section {
        let it = &self.unused;
        let mut gaps = vec![
            "use elsewhere: a use is noted at most once a day, and only where this ledger itself \
             verifies the token"
                .to_owned(),
        ];
        if !it.any_use_noted {
            gaps.push("any use at all: none was ever noted here".into());
        }
        if it.used_later > 0 {
            gaps.push(format!(
                "whether {} used after the end of this report had been unused then: only the last \
                 use is kept",
                was(it.used_later)
            ));
        }
        Section {
            title: "Unused for 90 days".into(),
            says: vec![format!(
                "{} older than 90 days had no use noted in the last 90; {} of these never had one.",
                counted(it.unused.count, "living token"),
                it.never_used
            )],
            tables: vec![entries(&it.unused, true)],
            gaps,
            controls: controls::UNUSED.to_vec(),
            ..Section::default()
        }
    }

    fn scopes_section(&self) -> Section {
        let it = &self.scopes;
        let rows = it.scopes.entries.iter();
        let rows =
            rows.map(|it| vec![it.scope.clone(), it.tokens.to_string(), it.never_used.to_string()]);
        let head = ["scope", "living tokens", "of these never used"];
        let mut table = Table::new(&head, rows);
        table.omitted = left_out(&it.scopes, table.rows.len());
        Section {
            title: "Scopes granted and not used".into(),
            says: vec![format!(
                "{} granted only on tokens that were never noted in use.",
                plural_was(it.on_never_used, "scope", "scopes")
            )],
            facts: vec![
                fact("scopes granted", it.scopes.count),
                fact("only on never used tokens", it.on_never_used),
                fact("tokens that may do anything", it.unlimited),
                fact("tokens that may do nothing", it.none),
            ],
            tables: vec![table],
            gaps: vec![
                "which scope each use asked for: this is not recorded. A scope that is listed here \
                 as held by used tokens may never have been needed"
                    .into(),
            ],
            controls: controls::SCOPES.to_vec(),
            charts: Vec::new(),
        }
    }

    fn policy_section(&self) -> Section {
        let rows = self.policy_changes.entries.iter().map(|it| {
            vec![
                instant(&it.at),
                name(it.actor.as_ref()),
                it.key.clone(),
                it.before.clone().unwrap_or_else(|| "nothing".into()),
                it.after.clone().unwrap_or_else(|| "nothing".into()),
                it.position.to_string(),
            ]
        });
        let mut table = Table::new(&["when", "who", "what", "before", "after", "position"], rows);
        table.omitted = left_out(&self.policy_changes, table.rows.len());
        Section {
            title: "Changes of policy".into(),
            says: vec![match self.policy_changes.count {
                0 => "The ledger's rules did not change.".into(),
                count => format!("{} of the ledger's rules.", counted(count, "change")),
            }],
            tables: vec![table],
            controls: controls::POLICY.to_vec(),
            ..Section::default()
        }
    }

    fn log_section(&self) -> Section {
        let events = &self.log.events;
        let rows = events.entries.iter().map(|it| {
            let who = name(it.actor.as_ref());
            vec![instant(&it.at), who, it.what.to_owned(), it.says.clone(), it.position.to_string()]
        });
        let mut table = Table::new(&["when", "who", "what", "says", "position"], rows);
        table.omitted = left_out(events, table.rows.len());
        let behind = self.log.behind.iter().map(|why| format!("NOT TO BE RELIED ON: {why}."));
        Section {
            title: "The log".into(),
            tables: if events.count > 0 { vec![table] } else { Vec::new() },
            says: behind.chain([
                "All figures above come from one append-only log. Each event's bytes are a leaf of a \
                 hash tree (RFC 6962); the root at the end of this report stands for all of them. Whoever noted an \
                 earlier root, or holds a signed checkpoint, can show that nothing before it was \
                 changed since."
                    .into(),
            ]).collect(),
            controls: controls::LOG.to_vec(),
            ..Section::default()
        }
    }

    fn bypass_section(&self) -> Section {
        let rows = self.bypasses.entries.iter().map(|it| {
            vec![
                instant(&it.at),
                name(it.pusher.as_ref()),
                it.repository.clone().unwrap_or_default(),
                it.by.to_owned(),
                it.reason.clone().unwrap_or_default(),
                it.position.to_string(),
            ]
        });
        let head =
            ["when", "who pushed", "repository", "let past by", "in their words", "position"];
        let mut table = Table::new(&head, rows);
        table.omitted = left_out(&self.bypasses, table.rows.len());
        Section {
            title: "Scans that were let past".into(),
            says: vec![match self.bypasses.count {
                0 => "No push was recorded as let past its scan.".into(),
                count => format!("{} let past a scan.", plural_was(count, "push", "pushes")),
            }],
            tables: vec![table],
            controls: controls::BYPASSES.to_vec(),
            ..Section::default()
        }
    }
}

/// How a length of time is told.
type Words = fn(Lifetime) -> String;

fn times(rows: &[(&str, &Times, Words)]) -> Table {
    let rows = rows.iter().filter(|(_, times, _)| times.count > 0).map(|(what, times, words)| {
        let [p50, p95, max] = times.cells(*words);
        vec![(*what).to_owned(), times.count.to_string(), p50, p95, max]
    });
    Table::new(&["time", "of", "p50", "p95", "longest"], rows)
}

fn entries(list: &List<Entry>, more: bool) -> Table {
    let rows = list.entries.iter().map(|it| {
        vec![
            it.token_id.clone(),
            name(it.owner.as_ref()),
            name(it.name.as_ref()),
            scopes(&it.scopes),
            instant(&it.created_at),
            it.last_used_at.as_ref().map_or("never noted".into(), instant),
        ]
    });
    let mut table = Table::new(&["token", "owner", "name", "scopes", "issued", "last used"], rows);
    table.omitted = if more { left_out(list, table.rows.len()) } else { 0 };
    table
}

fn left_out<T>(list: &List<T>, shown: usize) -> usize {
    usize::try_from(list.count).unwrap_or(usize::MAX).saturating_sub(shown)
}

fn name(text: Option<&String>) -> String {
    text.map_or_else(|| "(forgotten)".into(), Clone::clone)
}

fn instant(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), when)
}

fn plural_was(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one} was") } else { format!("{count} {many} were") }
}

fn was(tokens: u64) -> String {
    plural_was(tokens, "token", "tokens")
}

fn lives(tokens: u64) -> String {
    if tokens == 1 { "1 token lives".into() } else { format!("{tokens} tokens live") }
}
