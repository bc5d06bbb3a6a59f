-- begun on a personal device: lives longer, and does not end when it is idle
ALTER TABLE session ADD COLUMN kept BOOLEAN NOT NULL DEFAULT FALSE;
