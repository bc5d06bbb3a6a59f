-- which editor works on an item at the editorial board, what they were called then, and since when
ALTER TABLE item ADD COLUMN reviewer_id TEXT;
ALTER TABLE item ADD COLUMN reviewer TEXT;
ALTER TABLE item ADD COLUMN in_review_at BIGINT CHECK ((in_review_at IS NULL) = (reviewer_id IS NULL));
-- what a correction changed: a list of field, old and new value
ALTER TABLE item_step ADD COLUMN changes TEXT;
