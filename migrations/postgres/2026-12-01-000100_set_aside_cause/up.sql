-- what is wrong with a row, by which people are told why in their language
ALTER TABLE set_aside ADD COLUMN cause TEXT NOT NULL DEFAULT 'unreadable';
