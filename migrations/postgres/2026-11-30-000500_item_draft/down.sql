DROP TABLE item_draft;
