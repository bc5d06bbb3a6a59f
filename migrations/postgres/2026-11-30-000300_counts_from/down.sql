ALTER TABLE unit DROP COLUMN counts_from;
