-- files that were imported, and what they made
CREATE TABLE file_import (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    actor_id TEXT NOT NULL,
    actor TEXT NOT NULL,
    -- the highest unit of the actor's roles; none: the whole installation
    unit_id BIGINT REFERENCES unit (id),
    kind TEXT NOT NULL CHECK (kind IN ('units', 'people', 'items', 'events', 'holidays', 'targets', 'legacy')),
    file_name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    -- what was created, in the order of the file: JSON
    made TEXT NOT NULL,
    undone_at BIGINT,
    undone_by TEXT,
    CHECK ((undone_at IS NULL) = (undone_by IS NULL))
);

CREATE INDEX file_import_unit ON file_import (unit_id);
