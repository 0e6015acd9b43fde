-- The figures the preflight gate judges, per source_system, before anything of the run's objects is merged; and of how many
-- objects rows were found at all. What retention has no place for goes to quarantine, and counts as invalid.
-- Reads: one bronze table, the run's objects.
WITH source AS (
  SELECT
    source_system, record_hash, user_id, "$path" AS object_path,
    COALESCE(cardinality(validation_errors), 1) > 0
      OR COALESCE(substr(${event_time_column}, 1, 10) < ${floor_text} AND substr(${event_time_column}, 1, 10) >= ${passed_over_below}, false) AS is_invalid,
    cardinality(unknown_fields) > 0 AS has_unknown_fields
  FROM ${bronze}.${bronze_table}
  WHERE ingestion_date IN (${ingestion_dates})
    AND "$path" IN (${paths})
),
objects AS (
  SELECT count(DISTINCT object_path) AS object_count
  FROM source
)
SELECT
  source.source_system,
  count(*) AS row_count,
  count_if(source.is_invalid) AS invalid_rows,
  count(*) - count(DISTINCT source.record_hash) AS duplicate_rows,
  count_if(source.user_id IS NULL) AS rows_without_user,
  count_if(source.has_unknown_fields) AS rows_with_unknown_fields,
  max(objects.object_count) AS object_count
FROM source
CROSS JOIN objects
GROUP BY source.source_system
ORDER BY source.source_system
