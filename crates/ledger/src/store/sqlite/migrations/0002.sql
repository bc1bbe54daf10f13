-- Schema version 2. The tree over the log in the layout of its tiles, and what is signed of it.

-- Every 8th level of the tree, 256 hashes a row, so that a proof takes few reads. Level 0 has only
-- full tiles: the leaves beyond them are in `events`. The last tile of a higher level grows.
CREATE TABLE tiles (
    slot   INTEGER PRIMARY KEY,          -- level * 2^48 + tile
    hashes BLOB    NOT NULL              -- 32 bytes each, from the left
) STRICT;

-- The same fence as around events: hashes are only ever added.
CREATE TRIGGER tiles_no_delete BEFORE DELETE ON tiles
BEGIN SELECT RAISE(ABORT, 'the tree is append-only: tiles are never deleted'); END;
CREATE TRIGGER tiles_only_grow BEFORE UPDATE ON tiles
WHEN NEW.slot IS NOT OLD.slot
  OR substr(NEW.hashes, 1, length(OLD.hashes)) IS NOT OLD.hashes
BEGIN SELECT RAISE(ABORT, 'the tree is append-only: tiles only grow'); END;

-- How many full tiles of leaves there are. A program of schema version 1 that still runs does not
-- know this column, and is kept by it from appending events without their tiles.
ALTER TABLE head ADD COLUMN full_tiles INTEGER NOT NULL DEFAULT 0;

-- Checkpoints that were signed: no events, as they speak of the log from outside.
CREATE TABLE checkpoints (
    size INTEGER PRIMARY KEY,
    note TEXT    NOT NULL                -- as signed by the log
) STRICT;

-- Witnesses that are asked to cosign, and what they said.
CREATE TABLE witnesses (
    key  TEXT PRIMARY KEY,               -- C2SP verifier key
    url  TEXT    NOT NULL,
    seen INTEGER NOT NULL                -- size of the last checkpoint it cosigned for us
) STRICT, WITHOUT ROWID;

CREATE TABLE cosignatures (
    size INTEGER NOT NULL,
    key  TEXT    NOT NULL,
    line TEXT    NOT NULL,               -- the note's signature line, without its line feed
    PRIMARY KEY (size, key)
) STRICT, WITHOUT ROWID;
