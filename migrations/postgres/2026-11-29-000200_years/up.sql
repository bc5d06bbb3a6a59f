-- Nothing is stored that cannot be shown: instants and dates that people enter lie in the years that
-- the program takes (2000 to 2100; a year more for what is counted from them, and units and people
-- that were entered before this rule may be older).
UPDATE extension SET until = 4133955599000000 WHERE until >= 4165491600000000;
ALTER TABLE event ADD CONSTRAINT event_years CHECK (
    starts_at >= 946659600000000 AND starts_at < 4165491600000000
    AND ends_at >= 946659600000000 AND ends_at < 4165491600000000
    AND answered_at >= 946659600000000 AND answered_at < 4165491600000000
) NOT VALID;
ALTER TABLE extension ADD CONSTRAINT extension_years CHECK (
    until >= 946659600000000 AND until < 4165491600000000
) NOT VALID;
ALTER TABLE item ADD CONSTRAINT item_years CHECK (
    submitted_at >= 946659600000000 AND submitted_at < 4165491600000000
    AND arrived_at >= 946659600000000 AND arrived_at < 4165491600000000
    AND happened_on >= '1900-01-01' AND happened_on < '2102-01-01'
) NOT VALID;
ALTER TABLE person ADD CONSTRAINT person_years CHECK (
    active_from >= '1900-01-01' AND active_from < '2102-01-01'
    AND active_to >= '1900-01-01' AND active_to < '2102-01-01'
) NOT VALID;
ALTER TABLE plan ADD CONSTRAINT plan_years CHECK (
    document_date >= '1900-01-01' AND document_date < '2102-01-01'
) NOT VALID;
ALTER TABLE policy ADD CONSTRAINT policy_years CHECK (
    valid_from >= '1900-01-01' AND valid_from < '2102-01-01'
) NOT VALID;
ALTER TABLE role_grant ADD CONSTRAINT role_grant_years CHECK (
    valid_from >= '1900-01-01' AND valid_from < '2102-01-01'
    AND valid_to >= '1900-01-01' AND valid_to < '2102-01-01'
) NOT VALID;
ALTER TABLE rule_version ADD CONSTRAINT rule_version_years CHECK (
    effective_from >= '1900-01-01' AND effective_from < '2102-01-01'
) NOT VALID;
ALTER TABLE score_round ADD CONSTRAINT score_round_years CHECK (
    decision_date >= '1900-01-01' AND decision_date < '2102-01-01'
) NOT VALID;
ALTER TABLE score_scheme ADD CONSTRAINT score_scheme_years CHECK (
    document_date >= '1900-01-01' AND document_date < '2102-01-01'
) NOT VALID;
ALTER TABLE unit ADD CONSTRAINT unit_years CHECK (
    founded_on >= '1900-01-01' AND founded_on < '2102-01-01'
    AND ended_on >= '1900-01-01' AND ended_on < '2102-01-01'
) NOT VALID;
