DROP INDEX unit_ancestor_down;
CREATE INDEX unit_ancestor_down ON unit_ancestor (ancestor_id, unit_id);
