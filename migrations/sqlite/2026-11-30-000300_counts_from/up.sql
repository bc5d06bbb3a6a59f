-- The day from which a unit owes, where an import of past years named one: also for periods that had
-- ended when the unit was entered.
ALTER TABLE unit ADD COLUMN counts_from DATE;
