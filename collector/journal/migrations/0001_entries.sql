-- One row per entry. Small integer ids for what repeats keep a reading near 90 bytes.
-- Instants: running_ns since boot, utc_ns since 1970. `flags` is the bit set of rows.py.
-- `crc` covers the whole row, `digest` = blake2b(salt, body): it stays when a body is erased.
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    boot INTEGER NOT NULL,
    running_ns INTEGER NOT NULL,
    utc_ns INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject INTEGER NOT NULL,
    participant INTEGER NOT NULL,
    spo2 REAL,
    pulse_rate REAL,
    perfusion_index REAL,
    battery INTEGER,
    flags INTEGER,
    backfill INTEGER,
    body TEXT,
    salt BLOB NOT NULL,
    digest BLOB NOT NULL,
    crc INTEGER NOT NULL
) STRICT;

CREATE INDEX entry_not_reading ON entry (session, kind) WHERE kind <> 'reading';

-- The counters save a walk over all readings when sessions are listed; they can be counted anew.
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    crc INTEGER NOT NULL,
    first_seq INTEGER,
    last_seq INTEGER,
    readings INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE boot (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, crc INTEGER NOT NULL) STRICT;

CREATE TABLE subject (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, crc INTEGER NOT NULL) STRICT;

CREATE TABLE participant (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, crc INTEGER NOT NULL) STRICT;

-- What a reader of the journal (alert engine, later the sinks) wants to find again after a restart.
CREATE TABLE state (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
