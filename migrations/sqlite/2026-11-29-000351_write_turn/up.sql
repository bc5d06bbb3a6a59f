-- Always empty. On PostgreSQL its lock decides whose turn it is to write
-- (docs/decisions/0011-repeated-writes-run-alone.md); SQLite has one writer.
CREATE TABLE write_turn (id BIGINT PRIMARY KEY);
