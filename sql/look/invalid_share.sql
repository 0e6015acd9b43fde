-- The invalid rows of held objects, by the rules they break, the most frequent first.
-- Reads: one bronze table, the objects.
SELECT source_system, array_join(validation_errors, '; ') AS reasons, count(*) AS row_count, min(payload) AS example
FROM ${bronze}.${bronze_table}
WHERE ingestion_date IN (${ingestion_dates})
  AND ${of_objects}
  AND COALESCE(cardinality(validation_errors), 1) > 0
GROUP BY 1, 2
ORDER BY row_count DESC
LIMIT 100
