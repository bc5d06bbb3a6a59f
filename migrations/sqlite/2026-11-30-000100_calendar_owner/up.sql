-- A calendar belongs to a federation, which alone uses and changes it. Shipped calendars are read-only, and a copy keeps what it
-- was copied from. A calendar without a federation was stored before, and it is not known whose it is.
ALTER TABLE calendar ADD COLUMN unit_id BIGINT REFERENCES unit (id);
ALTER TABLE calendar ADD COLUMN copied_from TEXT;
-- 0 = as shipped
ALTER TABLE calendar ADD COLUMN copied_version INTEGER;

-- whose a stored calendar is: of the one federation whose policies name it, or of the only root. What applies where nobody
-- set a calendar ('hanh-chinh') binds every root.
UPDATE calendar SET unit_id = (
    SELECT MIN(unit.federation_id) FROM policy JOIN unit ON unit.id = policy.unit_id
    WHERE policy.patch LIKE '%"calendar":"' || calendar.code || '"%'
    HAVING COUNT(DISTINCT unit.federation_id) = 1
) WHERE code <> 'hanh-chinh';
UPDATE calendar SET unit_id = (SELECT MIN(id) FROM unit WHERE parent_id IS NULL HAVING COUNT(*) = 1) WHERE unit_id IS NULL;

-- a shipped calendar that was changed here becomes the federation's copy under a code of its own, if that is free
UPDATE calendar SET unit_id = NULL
WHERE code IN ('hanh-chinh', 'ben-tre', 'thanh-hoa') AND EXISTS (
    SELECT 1 FROM calendar AS taken JOIN unit ON unit.id = calendar.unit_id
    WHERE taken.code = calendar.code || '-' || REPLACE(unit.code, '_', '-')
);
INSERT INTO policy (unit_id, valid_from, patch, version, created_at, updated_at)
SELECT unit.id, '2000-01-01', '{"calendar":"hanh-chinh"}', 1, calendar.updated_at, calendar.updated_at
FROM calendar JOIN unit ON unit.id = calendar.unit_id
WHERE calendar.code = 'hanh-chinh'
    AND NOT EXISTS (SELECT 1 FROM policy WHERE policy.unit_id = unit.id AND policy.valid_from = '2000-01-01');
UPDATE policy SET patch = (
    SELECT REPLACE(
        policy.patch,
        '"calendar":"' || calendar.code || '"',
        '"calendar":"' || calendar.code || '-' || REPLACE(unit.code, '_', '-') || '"'
    )
    FROM calendar JOIN unit ON unit.id = calendar.unit_id
    WHERE calendar.code IN ('hanh-chinh', 'ben-tre', 'thanh-hoa')
        AND policy.patch LIKE '%"calendar":"' || calendar.code || '"%'
) WHERE EXISTS (
    SELECT 1 FROM calendar
    WHERE calendar.code IN ('hanh-chinh', 'ben-tre', 'thanh-hoa') AND calendar.unit_id IS NOT NULL
        AND policy.patch LIKE '%"calendar":"' || calendar.code || '"%'
);
UPDATE obligation SET
    policy = (
        SELECT REPLACE(
            obligation.policy,
            '"calendar":"' || calendar.code || '"',
            '"calendar":"' || calendar.code || '-' || REPLACE(unit.code, '_', '-') || '"'
        )
        FROM calendar JOIN unit ON unit.id = calendar.unit_id WHERE calendar.code = obligation.calendar
    ),
    calendar = (
        SELECT calendar.code || '-' || REPLACE(unit.code, '_', '-')
        FROM calendar JOIN unit ON unit.id = calendar.unit_id WHERE calendar.code = obligation.calendar
    )
WHERE calendar IN (
    SELECT code FROM calendar WHERE code IN ('hanh-chinh', 'ben-tre', 'thanh-hoa') AND unit_id IS NOT NULL
);
UPDATE calendar SET
    copied_from = code,
    copied_version = 0,
    spec = REPLACE(
        spec,
        '"code":"' || code || '"',
        '"code":"' || code || '-' || (SELECT REPLACE(unit.code, '_', '-') FROM unit WHERE unit.id = calendar.unit_id) || '"'
    ),
    code = code || '-' || (SELECT REPLACE(unit.code, '_', '-') FROM unit WHERE unit.id = calendar.unit_id)
WHERE code IN ('hanh-chinh', 'ben-tre', 'thanh-hoa') AND unit_id IS NOT NULL;
