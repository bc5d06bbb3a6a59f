DROP INDEX message_person;
ALTER TABLE account DROP COLUMN last_sign_in_at;
