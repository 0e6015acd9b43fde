-- The dates below the floor, and how many rows each has.
-- Reads: one silver table, its date column.
SELECT CAST(${date_column} AS varchar) AS date_text, count(*) AS row_count
FROM ${silver}.${silver_table}
WHERE ${date_column} < ${floor}
GROUP BY 1
ORDER BY 1
