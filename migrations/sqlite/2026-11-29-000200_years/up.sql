-- Nothing is stored that cannot be shown: instants and dates that people enter lie in the years that
-- the program takes (2000 to 2100; a year more for what is counted from them, and units and people
-- that were entered before this rule may be older).
-- SQLite adds no CHECK to a table that exists: triggers refuse the same.
UPDATE extension SET until = 4133955599000000 WHERE until >= 4165491600000000;
CREATE TRIGGER event_years_insert BEFORE INSERT ON event
WHEN NEW.starts_at NOT BETWEEN 946659600000000 AND 4165491599999999
    OR NEW.ends_at NOT BETWEEN 946659600000000 AND 4165491599999999
    OR NEW.answered_at NOT BETWEEN 946659600000000 AND 4165491599999999
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: event_years');
END;
CREATE TRIGGER event_years_update BEFORE UPDATE OF starts_at, ends_at, answered_at ON event
WHEN NEW.starts_at NOT BETWEEN 946659600000000 AND 4165491599999999
    OR NEW.ends_at NOT BETWEEN 946659600000000 AND 4165491599999999
    OR NEW.answered_at NOT BETWEEN 946659600000000 AND 4165491599999999
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: event_years');
END;
CREATE TRIGGER extension_years_insert BEFORE INSERT ON extension
WHEN NEW.until NOT BETWEEN 946659600000000 AND 4165491599999999
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: extension_years');
END;
CREATE TRIGGER extension_years_update BEFORE UPDATE OF until ON extension
WHEN NEW.until NOT BETWEEN 946659600000000 AND 4165491599999999
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: extension_years');
END;
CREATE TRIGGER item_years_insert BEFORE INSERT ON item
WHEN NEW.submitted_at NOT BETWEEN 946659600000000 AND 4165491599999999
    OR NEW.arrived_at NOT BETWEEN 946659600000000 AND 4165491599999999
    OR NEW.happened_on NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: item_years');
END;
CREATE TRIGGER item_years_update BEFORE UPDATE OF submitted_at, arrived_at, happened_on ON item
WHEN NEW.submitted_at NOT BETWEEN 946659600000000 AND 4165491599999999
    OR NEW.arrived_at NOT BETWEEN 946659600000000 AND 4165491599999999
    OR NEW.happened_on NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: item_years');
END;
CREATE TRIGGER person_years_insert BEFORE INSERT ON person
WHEN NEW.active_from NOT BETWEEN '1900-01-01' AND '2101-12-31'
    OR NEW.active_to NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: person_years');
END;
CREATE TRIGGER person_years_update BEFORE UPDATE OF active_from, active_to ON person
WHEN NEW.active_from NOT BETWEEN '1900-01-01' AND '2101-12-31'
    OR NEW.active_to NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: person_years');
END;
CREATE TRIGGER plan_years_insert BEFORE INSERT ON plan
WHEN NEW.document_date NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: plan_years');
END;
CREATE TRIGGER plan_years_update BEFORE UPDATE OF document_date ON plan
WHEN NEW.document_date NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: plan_years');
END;
CREATE TRIGGER policy_years_insert BEFORE INSERT ON policy
WHEN NEW.valid_from NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: policy_years');
END;
CREATE TRIGGER policy_years_update BEFORE UPDATE OF valid_from ON policy
WHEN NEW.valid_from NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: policy_years');
END;
CREATE TRIGGER role_grant_years_insert BEFORE INSERT ON role_grant
WHEN NEW.valid_from NOT BETWEEN '1900-01-01' AND '2101-12-31'
    OR NEW.valid_to NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: role_grant_years');
END;
CREATE TRIGGER role_grant_years_update BEFORE UPDATE OF valid_from, valid_to ON role_grant
WHEN NEW.valid_from NOT BETWEEN '1900-01-01' AND '2101-12-31'
    OR NEW.valid_to NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: role_grant_years');
END;
CREATE TRIGGER rule_version_years_insert BEFORE INSERT ON rule_version
WHEN NEW.effective_from NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: rule_version_years');
END;
CREATE TRIGGER rule_version_years_update BEFORE UPDATE OF effective_from ON rule_version
WHEN NEW.effective_from NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: rule_version_years');
END;
CREATE TRIGGER score_round_years_insert BEFORE INSERT ON score_round
WHEN NEW.decision_date NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: score_round_years');
END;
CREATE TRIGGER score_round_years_update BEFORE UPDATE OF decision_date ON score_round
WHEN NEW.decision_date NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: score_round_years');
END;
CREATE TRIGGER score_scheme_years_insert BEFORE INSERT ON score_scheme
WHEN NEW.document_date NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: score_scheme_years');
END;
CREATE TRIGGER score_scheme_years_update BEFORE UPDATE OF document_date ON score_scheme
WHEN NEW.document_date NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: score_scheme_years');
END;
CREATE TRIGGER unit_years_insert BEFORE INSERT ON unit
WHEN NEW.founded_on NOT BETWEEN '1900-01-01' AND '2101-12-31'
    OR NEW.ended_on NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: unit_years');
END;
CREATE TRIGGER unit_years_update BEFORE UPDATE OF founded_on, ended_on ON unit
WHEN NEW.founded_on NOT BETWEEN '1900-01-01' AND '2101-12-31'
    OR NEW.ended_on NOT BETWEEN '1900-01-01' AND '2101-12-31'
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: unit_years');
END;
