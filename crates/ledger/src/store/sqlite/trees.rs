//! Whether the trees of a file and its free pages are whole, by SQLite's own word.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, ErrorCode, Statement, StatementStatus};

/// What SQLite says of the file's trees and of its free pages: that every page is whole, and part of
/// one thing only.
///
/// It is the first instruction of `quick_check`. The others go through the rows of all tables, to see
/// that each value is of its column's type; those of the large tables are compared with what they
/// should be elsewhere, and the others are looked at by name. So it is stopped there. The handler
/// that stops it is also asked by pages while the trees are gone through, of which there are not that
/// many; if there are, the number of instructions tells, and nothing is left out.
pub(super) fn trees(connection: &Connection, stop: &Stop) -> rusqlite::Result<Vec<String>> {
    const SQL: &str = "PRAGMA quick_check(10)";
    let mut statement = connection.prepare(SQL)?;
    stop.wanted.store(true, Ordering::Relaxed);
    let mut found = Vec::new();
    let outcome = read_said(&mut statement, &mut found);
    stop.wanted.store(false, Ordering::Relaxed);
    match outcome {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            match statement.get_status(StatementStatus::VmStep) >= stop.after {
                true => Ok(found),
                false => said(connection, SQL),
            }
        }
        outcome => outcome.map(|()| found),
    }
}

/// Stops a statement of a connection once it has run so many instructions.
pub(super) struct Stop {
    after: i32,
    wanted: Arc<AtomicBool>,
}

impl Stop {
    /// After so many instructions as the file has pages, and some more.
    pub(super) fn of(connection: &mut Connection) -> rusqlite::Result<Self> {
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let after = i32::try_from(pages.saturating_add(100)).unwrap_or(i32::MAX);
        let wanted = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&wanted);
        connection.progress_handler(after, Some(move || asked.load(Ordering::Relaxed)))?;
        Ok(Self { after, wanted })
    }
}

/// What SQLite says, but for `ok`.
pub(super) fn said(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    read_said(&mut connection.prepare(sql)?, &mut found)?;
    Ok(found)
}

fn read_said(statement: &mut Statement<'_>, found: &mut Vec<String>) -> rusqlite::Result<()> {
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            found.push(line);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trees are gone through to their end and rows are not, however many there are.
    #[test]
    fn trees_are_looked_through_without_their_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.db");
        let mut db = Connection::open(&path).unwrap();
        db.execute_batch(
            "CREATE TABLE rows (at INTEGER PRIMARY KEY, text TEXT NOT NULL);
             CREATE INDEX texts ON rows (text);
             WITH RECURSIVE n(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < 4000)
             INSERT INTO rows SELECT at, hex(randomblob(100)) FROM n;
             CREATE TABLE freed AS SELECT * FROM rows LIMIT 400; DROP TABLE freed;",
        )
        .unwrap();
        let stop = Stop::of(&mut db).unwrap();
        assert_eq!(trees(&db, &stop).unwrap(), Vec::<String>::new());
        let mut statement = db.prepare("PRAGMA quick_check(10)").unwrap();
        stop.wanted.store(true, Ordering::Relaxed);
        assert!(read_said(&mut statement, &mut Vec::new()).is_err());
        stop.wanted.store(false, Ordering::Relaxed);
        let run = statement.get_status(StatementStatus::VmStep);
        assert!((stop.after..stop.after + 100).contains(&run), "{run} of {}", stop.after);
        drop(statement);
        // Fewer than there are pages: stopped in the trees, so nothing may be left out.
        let wanted = Arc::clone(&stop.wanted);
        db.progress_handler(200, Some(move || wanted.load(Ordering::Relaxed))).unwrap();
        let small = Stop { after: 200, wanted: stop.wanted };
        assert_eq!(trees(&db, &small).unwrap(), Vec::<String>::new());
        let pages = std::fs::metadata(&path).unwrap().len() / 4096;
        let good = std::fs::read(&path).unwrap();
        drop(db);
        // Whatever page takes another's place, in a tree or on the free list: nothing is passed over.
        for page in 2..pages {
            let from = (page - 1) as usize * 4096;
            let mut bytes = good.clone();
            bytes.copy_within(from..from + 4096, from + 4096);
            if bytes == good {
                continue;
            }
            std::fs::write(&path, bytes).unwrap();
            let mut db = Connection::open(&path).unwrap();
            let stop = Stop::of(&mut db).unwrap();
            let is_sound = |said: rusqlite::Result<Vec<String>>| said.is_ok_and(|it| it.is_empty());
            let whole = is_sound(said(&db, "PRAGMA quick_check(10)"));
            // A page of another kind is met by whoever reads the rows, as `check` does.
            let read = "SELECT sum(length(text)) FROM rows NOT INDEXED";
            let read = db.query_row(read, [], |row| row.get::<_, i64>(0)).is_ok();
            assert_eq!(read && is_sound(trees(&db, &stop)), whole, "page {page}");
        }
    }
}
