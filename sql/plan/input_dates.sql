-- What the run's objects of one source touch: valid rows by the date of their event time, and whether there are invalid rows.
-- Reads: one bronze table, the run's objects.
SELECT
  CASE WHEN COALESCE(cardinality(validation_errors), 1) = 0 THEN 'valid' ELSE 'invalid' END AS validity,
  CASE WHEN COALESCE(cardinality(validation_errors), 1) = 0 THEN substr(${event_time_column}, 1, 10) END AS date_text,
  count(*) AS row_count
FROM ${bronze}.${bronze_table}
WHERE ingestion_date IN (${ingestion_dates})
  AND "$path" IN (${paths})
GROUP BY 1, 2
ORDER BY 1, 2
