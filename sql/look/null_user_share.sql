-- Rows of held objects without user_id.
-- Reads: one bronze table, the objects.
SELECT source_system, array_join(validation_errors, '; ') AS reasons, origin, arrival_timestamp, payload
FROM ${bronze}.${bronze_table}
WHERE ingestion_date IN (${ingestion_dates})
  AND ${of_objects}
  AND user_id IS NULL
LIMIT 100
