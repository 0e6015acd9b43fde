-- Rows of held objects, as a run reads them: where an object cannot be read, Athena's answer says why.
-- Reads: one bronze table, the objects, all columns.
SELECT *
FROM ${bronze}.${bronze_table}
WHERE ingestion_date IN (${ingestion_dates})
  AND ${of_objects}
LIMIT 100
