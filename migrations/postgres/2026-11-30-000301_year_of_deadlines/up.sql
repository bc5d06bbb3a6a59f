-- The deadline of an event that was moved across New Year kept its year. It belongs to the year of its
-- due instant; 24:00 belongs to the day that ends.
UPDATE obligation
SET year = EXTRACT(YEAR FROM to_timestamp((window_to - 1) / 1000000 + 25200) AT TIME ZONE 'UTC')::INTEGER
WHERE event_id IS NOT NULL
  AND year <> EXTRACT(YEAR FROM to_timestamp((window_to - 1) / 1000000 + 25200) AT TIME ZONE 'UTC')::INTEGER;
