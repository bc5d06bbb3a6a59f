ALTER TABLE reminder DROP COLUMN redirected;
