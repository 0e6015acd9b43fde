-- The partitions that the invalid rows of the run's objects go to: the date a record was first seen, now or before.
-- Reads: one bronze table, the run's objects, rows that break a rule or are dated below the floor; ${silver}.quarantine, its keys.
WITH source AS (
  SELECT record_hash, min(CAST(arrival_timestamp AS timestamp(6))) AS first_seen_at
  FROM ${bronze}.${bronze_table}
  WHERE ingestion_date IN (${ingestion_dates})
    AND "$path" IN (${paths})
    AND (COALESCE(cardinality(validation_errors), 1) > 0 OR COALESCE(substr(${event_time_column}, 1, 10) < ${floor_text}, false))
    AND NOT COALESCE(substr(${event_time_column}, 1, 10) < ${passed_over_below}, false)
  GROUP BY record_hash
),
known AS (
  SELECT record_hash, first_seen_at
  FROM ${silver}.quarantine
  WHERE record_hash IN (SELECT record_hash FROM source)
)
SELECT
  CAST(CAST(LEAST(source.first_seen_at, COALESCE(known.first_seen_at, source.first_seen_at)) AS date) AS varchar) AS date_text,
  count(*) AS record_count
FROM source
LEFT JOIN known ON known.record_hash = source.record_hash
GROUP BY 1
ORDER BY 1
