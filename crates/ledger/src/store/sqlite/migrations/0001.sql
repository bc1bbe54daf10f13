-- Schema version 1. The log is `events`; all else can be rebuilt from it, except persons (their
-- keys), last_used and unrecorded_sightings, which are no events.

CREATE TABLE events (
    position    INTEGER PRIMARY KEY,     -- gapless from 0: the leaf index of the tree
    stream      TEXT    NOT NULL,
    version     INTEGER NOT NULL,        -- gapless from 1 within the stream
    type        TEXT    NOT NULL,
    recorded_at INTEGER NOT NULL,        -- microseconds since 1970; never decreases
    envelope    BLOB    NOT NULL,        -- the exact bytes that are hashed
    leaf        BLOB    NOT NULL,        -- SHA-256(0x00 || envelope)
    UNIQUE (stream, version)
) STRICT;

-- A fence against accidents. The evidence is the tree.
CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the log is append-only: events are never changed'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the log is append-only: events are never deleted'); END;
-- An event continues the log and its stream, or it is refused. This is the compare-and-swap; it
-- also stops INSERT OR REPLACE, which deletes without firing the trigger above.
CREATE TRIGGER events_continue BEFORE INSERT ON events
WHEN NEW.position IS NOT (SELECT ifnull(max(position), -1) + 1 FROM events)
  OR NEW.version IS NOT (SELECT ifnull(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)
BEGIN SELECT RAISE(ABORT, 'the log is append-only: an event continues the log and its stream'); END;

CREATE TABLE head (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    tree        BLOB    NOT NULL,        -- size and perfect subtrees (docs/ledger-format.md)
    recorded_at INTEGER,
    rows_made   INTEGER NOT NULL         -- how often the rows were made anew: readers start over
) STRICT;

-- Whom the log's random person ids mean, and the keys to what is sealed of them.
CREATE TABLE persons (
    id   BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    key  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    ledger       TEXT    NOT NULL,
    origin       TEXT    NOT NULL,
    verifier_key TEXT    NOT NULL,
    prefixes     TEXT    NOT NULL,       -- JSON array, oldest first
    policy       TEXT    NOT NULL,       -- JSON array of [key, value]
    version      INTEGER NOT NULL
) STRICT;

CREATE TABLE tokens (
    issued_position  INTEGER PRIMARY KEY,
    id               TEXT    NOT NULL,
    digest           BLOB    NOT NULL,
    imported         INTEGER NOT NULL,
    format           TEXT,                -- NULL: version 1; else a JSON array [prefix, pattern]
    prefix           TEXT,
    owner            BLOB    NOT NULL,
    owner_name       TEXT,
    name             TEXT,
    description      TEXT,
    scopes           TEXT    NOT NULL,    -- separated by spaces
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER,
    suspended_at     INTEGER,
    expired_at       INTEGER,
    revoked_at       INTEGER,
    revoked_reason   TEXT,
    superseded_at    INTEGER,
    rotated_from     TEXT,
    rotated_to       TEXT,
    leaked_at        INTEGER,
    sightings        INTEGER NOT NULL,
    leak_accepted_at INTEGER,
    version          INTEGER NOT NULL,
    position         INTEGER NOT NULL,
    CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
) STRICT;

CREATE UNIQUE INDEX tokens_id ON tokens (id);
CREATE UNIQUE INDEX tokens_digest ON tokens (digest);
CREATE INDEX tokens_owner ON tokens (owner);
CREATE INDEX tokens_format ON tokens (format) WHERE format IS NOT NULL;
CREATE INDEX tokens_expiring ON tokens (expires_at)
    WHERE expires_at IS NOT NULL AND expired_at IS NULL AND revoked_at IS NULL;
CREATE INDEX tokens_superseded ON tokens (superseded_at)
    WHERE superseded_at IS NOT NULL AND revoked_at IS NULL;

CREATE TABLE sightings (
    token    TEXT    NOT NULL,
    place    BLOB    NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (token, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE unrecorded_sightings (
    token TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE last_used (
    token TEXT PRIMARY KEY,
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
