-- The fields of held objects that no contract knows, the most frequent first.
-- Reads: one bronze table, the objects.
SELECT source_system, array_join(unknown_fields, ', ') AS unknown_fields, count(*) AS row_count, min(payload) AS example
FROM ${bronze}.${bronze_table}
WHERE ingestion_date IN (${ingestion_dates})
  AND ${of_objects}
  AND cardinality(unknown_fields) > 0
GROUP BY 1, 2
ORDER BY row_count DESC
LIMIT 100
