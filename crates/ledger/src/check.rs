//! Checking: everything that can be recomputed is, and the first position that does not hold is
//! named.
//!
//! What this finds: a changed, missing or added event; columns that disagree with the envelope; a
//! leaf that is not the hash of its bytes; a tree that is not that of the leaves; rows that are not
//! what the log says; a person's key that is not the one committed to. What it cannot find: a log
//! rewritten whole, with every hash made anew. Only someone with an older checkpoint sees that.

use std::collections::{BTreeMap, HashMap};

use patrol_token::TokenId;
use rusqlite::{Connection, Row};

use crate::check_event::{self, Seen};
use crate::check_signed;
use crate::event::{Event, Kind, Recorded, Stream};
use crate::merkle::Hash;
use crate::person::PersonId;
use crate::project::{StoreError, project};
use crate::store::folded::Folded;
use crate::store::sqlite::indexes::Entries;
use crate::store::sqlite::{
    Reader, all_persons, differences, indexes, ledger_id, replay, scanner, tiles,
};
use crate::store::tree::Filling;
use crate::time::Timestamp;
use crate::tlog::map::{Latest, TokenMap};
use crate::tlog::tile::WIDTH;

/// Problems that are named; further ones are counted.
const NAMED_MAX: usize = 100;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// Events read.
    pub events: u64,
    /// The root of the tree, recomputed.
    pub root: Hash,
    /// The first position at which something does not hold.
    pub first_bad_position: Option<u64>,
    /// What does not hold, in words; at most a hundred, the last one saying how many more.
    pub problems: Vec<String>,
}

impl CheckReport {
    /// Whether everything holds.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Problems as they are found.
#[derive(Default)]
struct Problems {
    first: Option<u64>,
    named: Vec<String>,
    unnamed: u64,
}

impl Problems {
    fn at(&mut self, position: u64, what: &str) {
        self.first = Some(self.first.map_or(position, |first| first.min(position)));
        self.general(format!("position {position}: {what}"));
    }

    fn general(&mut self, what: String) {
        if self.named.len() < NAMED_MAX {
            self.named.push(what);
        } else {
            self.unnamed += 1;
        }
    }
}

/// Checks a ledger, on one snapshot.
pub(crate) fn check(reader: &Reader) -> Result<CheckReport, StoreError> {
    reader.snapshot(|reader| {
        let mut problems = Problems::default();
        let last = reader.last_position()?;
        // The file's own structure goes beside the log.
        let (path, entries) = (reader.path(), Entries::default());
        let (log, structure) = std::thread::scope(|scope| {
            let structure = scope.spawn(|| indexes::structure(scanner(path)?, last, &entries));
            let log = log(reader, &entries, &mut problems);
            (log, structure.join().unwrap_or(Err(StoreError::Stopped)))
        });
        let (log, mut structure) = (log?, structure?);
        if structure.events != Some(log.entries) {
            structure.problems.push(indexes::differs(indexes::EVENTS));
        }
        let mut named: Vec<_> =
            structure.problems.iter().map(|line| format!("database: {line}")).collect();
        named.extend(differences(reader.db())?.iter().map(|it| format!("schema: {it}")));
        problems.named.splice(0..0, named);
        check_signed::signed(reader, |what| problems.general(what))?;
        if let Some(rows) = &log.rows {
            rows_equal(reader, rows, &mut problems);
        }
        let Problems { first, mut named, unnamed } = problems;
        if unnamed > 0 {
            named.push(format!("and {unnamed} more"));
        }
        Ok(CheckReport {
            events: log.events,
            root: log.tree.tree().root(),
            first_bad_position: first,
            problems: named,
        })
    })
}

/// The log, read through.
struct Log {
    events: u64,
    tree: Filling,
    /// Whether an event is missing: what comes after it stands elsewhere in the tree.
    gap: bool,
    /// The sum of the entries that the index of events should have.
    entries: u64,
    /// What it folds to; `None` if some event could not be applied.
    rows: Option<Folded>,
}

fn log(reader: &Reader, entries: &Entries, problems: &mut Problems) -> Result<Log, StoreError> {
    let persons = all_persons(reader.db())?;
    let ledger = ledger_id(reader.db())?;
    let mut log = Log {
        events: 0,
        tree: Filling::default(),
        gap: false,
        entries: 0,
        rows: Some(Folded::default()),
    };
    let mut last: Option<Timestamp> = None;
    let mut maps = Maps::of(reader)?;
    let mut introduced: BTreeMap<PersonId, u64> = BTreeMap::new();
    // Whose key is missing, unless the log says further on that they were forgotten.
    let mut keyless: BTreeMap<PersonId, u64> = BTreeMap::new();
    let see = |row: &Row<'_>| Seen::of(row, ledger, &persons, entries);
    replay(reader.db(), 0, check_event::COLUMNS, see, |connection, seen| {
        log.entries = log.entries.wrapping_add(seen.entry);
        let Ok(position) = u64::try_from(seen.position) else {
            problems.at(0, &format!("an event stands at {}, before the first", seen.position));
            log.rows = None;
            return Ok(());
        };
        if position != log.events {
            problems.at(log.events, &format!("missing; the next event stands at {position}"));
            // What follows cannot be folded, and the tree cannot fit.
            log.rows = None;
            log.events = position;
            log.gap = true;
        }
        log.events += 1;
        let gap = log.gap;
        log.tree.push(seen.leaf, |level, tile, hashes| match gap {
            true => Ok(()),
            false => tile_equals(connection, (level, tile), hashes, problems),
        })?;
        for problem in seen.problems {
            problems.at(position, &problem);
        }
        let Some(decoded) = seen.decoded else {
            log.rows = None;
            return Ok(());
        };
        let recorded = decoded.recorded;
        if last.is_some_and(|last| recorded.recorded_at < last) {
            problems.at(position, "recorded before the event before it");
        }
        last = Some(recorded.recorded_at);
        maps.follow(&recorded, problems);
        for (person, commitment) in decoded.introduces {
            if introduced.insert(person, position).is_some() {
                problems.at(position, "introduces a person for the second time");
            }
            match persons.key(person) {
                None => drop(keyless.insert(person, position)),
                Some(key) if key.commitment() != commitment => {
                    problems.at(position, "a person's key is not the one committed to here");
                }
                Some(_) => {}
            }
        }
        if let Stream::Owner(person) = recorded.stream {
            keyless.remove(&person);
            if persons.key(person).is_some() {
                problems.at(position, "the key of a person who was forgotten here is kept");
            }
        }
        if let Some(rows) = &mut log.rows
            && let Err(error) = project(rows, &recorded)
        {
            problems.at(position, &error.to_string());
            log.rows = None;
        }
        Ok(())
    })?;
    for position in keyless.into_values() {
        problems.at(position, "the key of a person introduced here is missing");
    }
    for _ in 0..persons.unreadable {
        problems.general("a person is kept who cannot be read".into());
    }
    for _ in persons.known.keys().filter(|person| !introduced.contains_key(person)) {
        problems.general("a person is kept whom no event introduced".into());
    }
    head(reader, &log, last, problems)?;
    if !log.gap {
        stored_tree(reader, &log.tree, problems)?;
    }
    Ok(log)
}

/// The commitments to every token's latest version, made anew as the log goes by.
///
/// Only what is committed to is followed: what no commitment comes after costs nothing.
struct Maps {
    map: TokenMap,
    /// Tokens that changed since the last commitment.
    changed: HashMap<TokenId, Latest>,
    /// Sizes that commitments speak of: at such a size, the map is made and its root kept.
    sizes: BTreeMap<u64, Option<(u64, Hash)>>,
}

impl Maps {
    fn of(reader: &Reader) -> Result<Self, StoreError> {
        let committed = match reader.of_ledger(Kind::MapCommitted) {
            Ok(committed) => committed,
            // One that cannot be read is named where it stands.
            Err(StoreError::Impossible(_) | StoreError::Damaged(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        let sizes = committed.into_iter().filter_map(|recorded| match recorded.event {
            Event::MapCommitted(map) => Some((map.size, None)),
            _ => None,
        });
        Ok(Self { map: TokenMap::default(), changed: HashMap::new(), sizes: sizes.collect() })
    }

    fn follow(&mut self, recorded: &Recorded, problems: &mut Problems) {
        let last = self.sizes.last_key_value().map(|(size, _)| *size);
        if last.is_some_and(|last| recorded.position <= last) {
            if let Some(made) = self.sizes.get_mut(&recorded.position) {
                for (id, latest) in self.changed.drain() {
                    self.map.put(id, latest);
                }
                *made = Some((self.map.len(), self.map.root()));
            }
            if let Some(id) = recorded.stream.token() {
                let latest = Latest { count: recorded.version, last: recorded.position };
                self.changed.insert(id, latest);
            }
        }
        if let Event::MapCommitted(map) = &recorded.event
            && self.sizes.get(&map.size) != Some(&Some((map.tokens, map.root)))
        {
            let what = format!(
                "the commitment to the tokens is not that of the first {} events",
                map.size
            );
            problems.at(recorded.position, &what);
        }
    }
}

/// What of the stored tree is left to compare once all leaves were pushed.
fn stored_tree(reader: &Reader, tree: &Filling, problems: &mut Problems) -> Result<(), StoreError> {
    for (level, tile, hashes) in tree.rest() {
        tile_equals(reader.db(), (level, tile), hashes, problems)?;
    }
    if tiles::count(reader.db())? != tree.stored() {
        problems.general("tree: tiles are missing, or belong to no event; run rebuild".into());
    }
    Ok(())
}

/// A stored tile against the hashes it should have. The first position under the first hash that is
/// another is named.
fn tile_equals(
    connection: &Connection,
    (level, tile): (u8, u64),
    hashes: &[Hash],
    problems: &mut Problems,
) -> Result<(), StoreError> {
    let stored = match tiles::read(connection, level, tile) {
        Ok(stored) => stored.unwrap_or_default(),
        Err(StoreError::Damaged(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    if stored != hashes {
        let same = stored.iter().zip(hashes).take_while(|(a, b)| a == b).count() as u64;
        let position = (tile * WIDTH + same) << (8 * u32::from(level));
        let what =
            format!("the stored tree, tile {tile} of level {level}, is not that of the events");
        problems.at(position, &what);
    }
    Ok(())
}

/// The stored end of the log against the log.
fn head(
    reader: &Reader,
    log: &Log,
    last: Option<Timestamp>,
    problems: &mut Problems,
) -> Result<(), StoreError> {
    let head = match reader.head() {
        Ok(head) => head,
        Err(StoreError::Damaged(why)) => {
            problems.general(why);
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let (stored, read) = (head.tree.size(), log.events);
    if log.events == 0 {
        problems.at(0, "the log is empty; a ledger begins with an event");
    } else if stored > read {
        problems.at(read, &format!("missing; the log ended at {} once", stored - 1));
    } else if stored < read {
        problems.at(stored, "stands beyond the recorded end of the log");
    } else if head.tree != *log.tree.tree() && !log.gap {
        // The bytes and leaves agree with each other, so both were changed. The stored subtrees
        // narrow down where.
        let (from, to) = head.tree.first_difference(log.tree.tree()).unwrap_or((0, read));
        if problems.first.is_some_and(|first| (from..to).contains(&first)) {
            return Ok(());
        }
        problems.at(
            from,
            &format!("an event of {from} to {} was replaced: the tree does not fit", to - 1),
        );
    }
    if head.recorded_at != last && stored == read {
        problems.general("the recorded end of the log has another time than its last event".into());
    }
    Ok(())
}

/// The stored rows against those the log folds to.
fn rows_equal(reader: &Reader, folded: &Folded, problems: &mut Problems) {
    let mut compare = || {
        if reader.ledger_row()? != folded.ledger {
            problems.general("rows: the ledger's row is not what the log says; run rebuild".into());
        }
        reader.compare_tokens(folded, |what| {
            problems.general(format!("rows: {what}; run rebuild"));
        })?;
        let reviews = reader.reviews()?.into_iter().map(|review| (review.id, review));
        if reviews.collect::<BTreeMap<_, _>>() != folded.reviews {
            problems.general("rows: the reviews are not what the log says; run rebuild".into());
        }
        if reader.stored_sightings()? != folded.sightings {
            problems.general("rows: the sightings are not what the log says; run rebuild".into());
        }
        Ok(())
    };
    if let Err(error) = compare() {
        let error: StoreError = error;
        problems.general(format!("rows: {error}; run rebuild"));
    }
}
