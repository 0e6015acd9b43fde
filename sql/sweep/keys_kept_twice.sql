-- The dates on which keys stand that a table holds in more than one row: their versions came in runs whose dates lay farther
-- apart than the horizon.
-- Reads: one silver table, all partitions, key and date columns.
SELECT CAST(${date_column} AS varchar) AS date_text, count(*) AS row_count
FROM ${silver}.${silver_table}
WHERE ${key_column} IN (
  SELECT ${key_column}
  FROM ${silver}.${silver_table}
  GROUP BY ${key_column}
  HAVING count(*) > 1)
GROUP BY 1
ORDER BY 1
