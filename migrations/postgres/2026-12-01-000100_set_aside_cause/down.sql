ALTER TABLE set_aside DROP COLUMN cause;
