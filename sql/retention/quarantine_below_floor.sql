-- The partitions with records that were last seen below the floor, whatever has been decided about them.
-- Reads: ${silver}.quarantine, its times.
SELECT CAST(CAST(first_seen_at AS date) AS varchar) AS date_text, count(*) AS row_count
FROM ${silver}.quarantine
WHERE last_seen_at < ${floor}
GROUP BY 1
ORDER BY 1
