ALTER TABLE obligation DROP COLUMN exempt_cause;
