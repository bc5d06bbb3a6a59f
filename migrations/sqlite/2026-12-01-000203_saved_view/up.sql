-- filters of lists that a person keeps under a name
CREATE TABLE saved_view (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- the human being: the row under which they were entered first
    person_id BIGINT NOT NULL REFERENCES person (id),
    list TEXT NOT NULL CHECK (list IN ('items', 'queue', 'map')),
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    -- the query of the address, without the page
    query TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (person_id, list, name_folded)
);
