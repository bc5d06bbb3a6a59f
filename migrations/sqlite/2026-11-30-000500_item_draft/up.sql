-- an item that is not handed in yet: its author and the leaders of its unit see it, and it counts for
-- nothing
CREATE TABLE item_draft (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    -- who writes it
    person_id BIGINT NOT NULL REFERENCES person (id),
    kind TEXT REFERENCES item_kind (code),
    title TEXT NOT NULL,
    url TEXT,
    body TEXT,
    -- the event that it reports
    event_id BIGINT REFERENCES event (id),
    version INTEGER NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX item_draft_person ON item_draft (person_id);
CREATE INDEX item_draft_unit ON item_draft (unit_id);
CREATE INDEX item_draft_event ON item_draft (event_id);
