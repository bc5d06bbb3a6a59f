ALTER TABLE item_step DROP COLUMN grade;
ALTER TABLE item_step DROP COLUMN return_lapses_at;
ALTER TABLE item_step DROP COLUMN arrived_at;
