-- What the run's objects of one source touch: valid rows by the date of their event time, and whether there are others: rows that break
-- a rule, or are dated below the floor of retention.
-- Reads: one bronze table, the run's objects.
WITH source AS (
  SELECT
    substr(${event_time_column}, 1, 10) AS date_text,
    COALESCE(cardinality(validation_errors), 1) = 0 AND NOT COALESCE(substr(${event_time_column}, 1, 10) < ${floor_text}, false) AS is_valid
  FROM ${bronze}.${bronze_table}
  WHERE ingestion_date IN (${ingestion_dates})
    AND "$path" IN (${paths})
    AND NOT COALESCE(substr(${event_time_column}, 1, 10) < ${passed_over_below}, false)
)
SELECT
  CASE WHEN is_valid THEN 'valid' ELSE 'invalid' END AS validity,
  CASE WHEN is_valid THEN date_text END AS date_text,
  count(*) AS row_count
FROM source
GROUP BY 1, 2
ORDER BY 1, 2
