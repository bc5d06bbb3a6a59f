ALTER TABLE item_step DROP COLUMN changes;
ALTER TABLE item DROP COLUMN in_review_at;
ALTER TABLE item DROP COLUMN reviewer;
ALTER TABLE item DROP COLUMN reviewer_id;
