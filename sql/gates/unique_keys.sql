-- Keys written in this run that stand in more than one row within the horizon. Anything above zero fails the audit.
-- Reads: one silver table, key and date columns.
WITH written AS (
  SELECT ${key_column} AS key_value
  FROM ${silver}.${silver_table}
  WHERE ${date_column} IN (${dates})
    AND processing_timestamp = ${processing_timestamp}
),
repeated AS (
  SELECT ${key_column} AS key_value
  FROM ${silver}.${silver_table}
  WHERE ${date_column} BETWEEN ${first_date} AND ${last_date}
    AND ${key_column} IN (SELECT key_value FROM written)
  GROUP BY ${key_column}
  HAVING count(*) > 1
)
SELECT count(*) AS repeated_keys, min(key_value) AS example
FROM repeated
