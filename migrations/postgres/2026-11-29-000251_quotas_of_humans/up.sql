-- Personal obligations belong to the human being: to the row under which they were entered first,
-- whatever post they moved to. Where each post had one of its own for a period, the first one keeps
-- what all of them asked for; the next check counts it again.
CREATE TABLE obligation_of_human AS
SELECT o.id AS id,
    COALESCE(p.first_id, p.id) AS human,
    MIN(o.id) OVER (PARTITION BY o.rule_id, COALESCE(p.first_id, p.id), o.period_key) AS kept,
    MAX(o.id) OVER (PARTITION BY o.rule_id, COALESCE(p.first_id, p.id), o.period_key) AS newest,
    CASE WHEN o.exempt_at IS NULL OR e.cause = 'decided' THEN o.required ELSE 0 END AS required,
    CASE WHEN o.exempt_at IS NULL OR e.cause = 'decided' THEN o.maximum ELSE 0 END AS maximum,
    CASE WHEN e.cause = 'decided' THEN 1 ELSE 0 END AS excused,
    o.window_to AS window_to,
    o.due_at AS due_at,
    o.unit_id AS unit_id
FROM obligation o
JOIN person p ON p.id = o.person_id
LEFT JOIN exemption e
    ON e.rule_id = o.rule_id AND e.subject = o.subject AND e.period_key = o.period_key;

UPDATE obligation SET
    required = (SELECT SUM(h.required) FROM obligation_of_human h WHERE h.kept = obligation.id),
    maximum = CASE WHEN maximum IS NULL THEN NULL
        ELSE (SELECT SUM(h.maximum) FROM obligation_of_human h WHERE h.kept = obligation.id) END,
    window_to = (SELECT MAX(h.window_to) FROM obligation_of_human h WHERE h.kept = obligation.id),
    due_at = (SELECT MAX(h.due_at) FROM obligation_of_human h WHERE h.kept = obligation.id),
    unit_id = (SELECT h.unit_id FROM obligation_of_human h
        WHERE h.kept = obligation.id AND h.id = h.newest),
    due_revision = due_revision + 1,
    exempt_at = CASE WHEN (SELECT MAX(h.excused) FROM obligation_of_human h
        WHERE h.kept = obligation.id) = 1 THEN exempt_at ELSE NULL END,
    state = 'open',
    decided_at = NULL,
    next_step_at = 0
WHERE id IN (SELECT kept FROM obligation_of_human WHERE id <> kept)
    AND (SELECT SUM(h.required) FROM obligation_of_human h WHERE h.kept = obligation.id) > 0;

DELETE FROM exemption WHERE cause <> 'decided' AND EXISTS (
    SELECT 1 FROM obligation o JOIN obligation_of_human h ON h.id = o.id
    WHERE o.exempt_at IS NULL AND h.id = h.kept AND o.rule_id = exemption.rule_id
        AND o.subject = exemption.subject AND o.period_key = exemption.period_key);
DELETE FROM exemption WHERE EXISTS (
    SELECT 1 FROM obligation o JOIN obligation_of_human h ON h.id = o.id
    WHERE h.id <> h.kept AND o.rule_id = exemption.rule_id
        AND o.subject = exemption.subject AND o.period_key = exemption.period_key);
DELETE FROM credit WHERE obligation_id IN (SELECT id FROM obligation_of_human WHERE id <> kept);
DELETE FROM extension WHERE obligation_id IN (SELECT id FROM obligation_of_human WHERE id <> kept);
DELETE FROM reminder WHERE obligation_id IN (SELECT id FROM obligation_of_human WHERE id <> kept);
DELETE FROM acknowledgement
WHERE obligation_id IN (SELECT id FROM obligation_of_human WHERE id <> kept);
DELETE FROM obligation WHERE id IN (SELECT id FROM obligation_of_human WHERE id <> kept);

UPDATE exemption
SET subject = (SELECT 'p' || h.human FROM obligation_of_human h JOIN obligation o ON o.id = h.id
    WHERE o.rule_id = exemption.rule_id AND o.subject = exemption.subject
        AND o.period_key = exemption.period_key)
WHERE EXISTS (SELECT 1 FROM obligation_of_human h JOIN obligation o ON o.id = h.id
    WHERE o.rule_id = exemption.rule_id AND o.subject = exemption.subject
        AND o.period_key = exemption.period_key AND h.human <> o.person_id);
UPDATE obligation
SET person_id = (SELECT human FROM obligation_of_human h WHERE h.id = obligation.id),
    subject = (SELECT 'p' || human FROM obligation_of_human h WHERE h.id = obligation.id)
WHERE id IN (SELECT h.id FROM obligation_of_human h WHERE h.human <> obligation.person_id);

DROP TABLE obligation_of_human;
