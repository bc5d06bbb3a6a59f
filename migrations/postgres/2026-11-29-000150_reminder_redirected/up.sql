-- nobody for whom the step is meant has an address: the recipient gets the line in their place
ALTER TABLE reminder ADD COLUMN redirected BOOLEAN NOT NULL DEFAULT FALSE;
