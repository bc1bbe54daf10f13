-- Schema version 3. Review campaigns; like all rows, they can be rebuilt from the log.

CREATE TABLE reviews (
    id         TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    closed_at  INTEGER,
    version    INTEGER NOT NULL,
    position   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE review_tokens (
    review   TEXT NOT NULL,
    token    TEXT NOT NULL,
    verdict  TEXT,                       -- NULL: nothing was said of it yet
    at       INTEGER,
    position INTEGER,
    PRIMARY KEY (review, token),
    CHECK ((verdict IS NULL) = (at IS NULL) AND (verdict IS NULL) = (position IS NULL))
) STRICT, WITHOUT ROWID;
