-- Nothing to take back: the folded forms stay readable.
SELECT 1;
