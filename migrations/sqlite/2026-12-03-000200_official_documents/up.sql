-- what stands in the head of a unit's official documents and below their text
CREATE TABLE letterhead (
    unit_id BIGINT PRIMARY KEY REFERENCES unit (id),
    superior_body TEXT NOT NULL,
    issuing_body TEXT NOT NULL,
    place TEXT NOT NULL,
    symbol TEXT NOT NULL,
    -- a line each
    recipients TEXT NOT NULL,
    signatory_title TEXT NOT NULL,
    signatory_name TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    updated_at BIGINT NOT NULL
);

-- the texts of which a federation makes its documents, where they are not those that ship
CREATE TABLE document_template (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    kind TEXT NOT NULL CHECK (kind IN ('monthly', 'half_year', 'roll_up', 'emulation')),
    title TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    updated_at BIGINT NOT NULL,
    UNIQUE (unit_id, kind)
);
