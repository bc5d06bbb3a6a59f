DROP TABLE unit_ancestor_past;
ALTER TABLE unit_ancestor DROP COLUMN since_at;
