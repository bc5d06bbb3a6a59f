-- since when a unit has stood below the one above it; 0: always
ALTER TABLE unit_ancestor ADD COLUMN since_at BIGINT NOT NULL DEFAULT 0;

-- where units stood before they were moved: below ancestor_id from from_at until to_at, not included
CREATE TABLE unit_ancestor_past (
    unit_id BIGINT NOT NULL REFERENCES unit (id),
    ancestor_id BIGINT NOT NULL REFERENCES unit (id),
    depth INTEGER NOT NULL CHECK (depth >= 0),
    from_at BIGINT NOT NULL,
    to_at BIGINT NOT NULL,
    PRIMARY KEY (unit_id, ancestor_id, from_at),
    CHECK (from_at < to_at)
);
CREATE INDEX unit_ancestor_past_down ON unit_ancestor_past (ancestor_id, unit_id);
