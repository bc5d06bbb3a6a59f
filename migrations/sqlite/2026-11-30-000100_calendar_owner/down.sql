-- SQLite drops no column that refers to another table
CREATE TABLE calendar_before (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL UNIQUE,
    spec TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
INSERT INTO calendar_before SELECT id, code, spec, version, created_at, updated_at FROM calendar;
DROP TABLE calendar;
ALTER TABLE calendar_before RENAME TO calendar;
