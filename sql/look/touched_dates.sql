-- The dates of the valid rows of held objects, and how many rows each has.
-- Reads: one bronze table, the objects.
SELECT substr(${event_time_column}, 1, 10) AS event_date, count(*) AS row_count, count(DISTINCT "$path") AS objects
FROM ${bronze}.${bronze_table}
WHERE ingestion_date IN (${ingestion_dates})
  AND ${of_objects}
  AND COALESCE(cardinality(validation_errors), 1) = 0
  AND NOT COALESCE(substr(${event_time_column}, 1, 10) < ${floor_text}, false)
GROUP BY 1
ORDER BY 1
