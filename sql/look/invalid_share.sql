-- The invalid rows of held objects, by the rules they break, the most frequent first.
-- Reads: one bronze table, the objects.
SELECT
  source_system,
  CASE WHEN COALESCE(cardinality(validation_errors), 1) = 0 THEN '${event_time_column}: older than retention' ELSE array_join(validation_errors, '; ') END AS reasons,
  count(*) AS row_count, min(payload) AS example
FROM ${bronze}.${bronze_table}
WHERE ingestion_date IN (${ingestion_dates})
  AND ${of_objects}
  AND (COALESCE(cardinality(validation_errors), 1) > 0 OR COALESCE(substr(${event_time_column}, 1, 10) < ${floor_text}, false))
GROUP BY 1, 2
ORDER BY row_count DESC
LIMIT 100
