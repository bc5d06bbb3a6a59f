-- why an obligation is excused, beside the instant: one whose subject ended stays met if it was
ALTER TABLE obligation ADD COLUMN exempt_cause TEXT
    CHECK (exempt_cause IN ('decided', 'event_gone', 'subject_ended', 'nothing_owed'));
UPDATE obligation SET exempt_cause = (
    SELECT exemption.cause FROM exemption
    WHERE exemption.rule_id = obligation.rule_id
      AND exemption.subject = obligation.subject
      AND exemption.period_key = obligation.period_key
) WHERE exempt_at IS NOT NULL;
