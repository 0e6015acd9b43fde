-- Held objects and the rows they have. One that is not listed has none, or is gone.
-- Reads: one bronze table, the objects.
SELECT "$path" AS object, count(*) AS row_count, min(ingestion_timestamp) AS first_ingestion
FROM ${bronze}.${bronze_table}
WHERE ingestion_date IN (${ingestion_dates})
  AND ${of_objects}
GROUP BY 1
ORDER BY 1
