ALTER TABLE calendar DROP COLUMN copied_version;
ALTER TABLE calendar DROP COLUMN copied_from;
ALTER TABLE calendar DROP COLUMN unit_id;
