-- The records that stand in held objects more than once, the most frequent first.
-- Reads: one bronze table, the objects.
SELECT source_system, record_hash, count(*) AS row_count, min(arrival_timestamp) AS first_arrival, max(arrival_timestamp) AS last_arrival, min(payload) AS payload
FROM ${bronze}.${bronze_table}
WHERE ingestion_date IN (${ingestion_dates})
  AND ${of_objects}
GROUP BY 1, 2
HAVING count(*) > 1
ORDER BY row_count DESC
LIMIT 100
