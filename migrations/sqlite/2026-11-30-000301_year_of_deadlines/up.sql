-- The deadline of an event that was moved across New Year kept its year. It belongs to the year of its
-- due instant; 24:00 belongs to the day that ends.
UPDATE obligation
SET year = CAST(strftime('%Y', (window_to - 1) / 1000000 + 25200, 'unixepoch') AS INTEGER)
WHERE event_id IS NOT NULL
  AND year <> CAST(strftime('%Y', (window_to - 1) / 1000000 + 25200, 'unixepoch') AS INTEGER);
