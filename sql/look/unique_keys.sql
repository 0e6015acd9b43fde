-- Keys that a failed run wrote and that then stood in more than one row: their rows.
-- Reads: one silver table at the failed run's snapshot.
SELECT *
FROM ${silver_version} AS s
WHERE s.${key_column} IN (
  SELECT k.${key_column}
  FROM ${silver_version} AS k
  WHERE k.${key_column} IN (SELECT w.${key_column} FROM ${silver_version} AS w WHERE w.processing_timestamp = ${processing_timestamp})
  GROUP BY k.${key_column}
  HAVING count(*) > 1)
ORDER BY s.${key_column}
LIMIT 100
