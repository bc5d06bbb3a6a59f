-- Nothing to take back: the years follow from the due instants.
SELECT 1;
