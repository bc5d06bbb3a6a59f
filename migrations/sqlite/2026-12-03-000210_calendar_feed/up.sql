-- secret addresses at which calendar programs read deadlines and events, of a person or of a unit
CREATE TABLE calendar_feed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- the human being: the row under which they were entered first
    person_id BIGINT REFERENCES person (id),
    unit_id BIGINT REFERENCES unit (id),
    -- SHA-256 of the secret
    secret_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    CHECK ((person_id IS NULL) <> (unit_id IS NULL))
);
CREATE INDEX calendar_feed_person ON calendar_feed (person_id);
CREATE INDEX calendar_feed_unit ON calendar_feed (unit_id);
