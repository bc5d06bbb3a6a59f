-- when the person of an account signed in last; NULL: never
ALTER TABLE account ADD COLUMN last_sign_in_at BIGINT;
UPDATE account SET last_sign_in_at = (SELECT max(session.created_at) FROM session WHERE session.account_id = account.id);
-- whether mails reach a person
CREATE INDEX message_person ON message (person_id) WHERE person_id IS NOT NULL;
