-- Of the keys gates/unique_keys.sql counts: those that stood in one row before the run, and those that stood in several already.
-- Asked only where there are any.
-- Reads: one silver table now and before the run, key and date columns.
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
),
repeated_before AS (
  SELECT base.${key_column} AS key_value
  FROM ${table_base} AS base
  WHERE base.${date_column} BETWEEN ${first_date} AND ${last_date}
    AND base.${key_column} IN (SELECT key_value FROM repeated)
  GROUP BY base.${key_column}
  HAVING count(*) > 1
)
SELECT
  count(*) - count(repeated_before.key_value) AS new_count,
  count(repeated_before.key_value) AS standing_count,
  min(CASE WHEN repeated_before.key_value IS NULL THEN repeated.key_value END) AS new_example,
  min(repeated_before.key_value) AS standing_example
FROM repeated
LEFT JOIN repeated_before ON repeated_before.key_value = repeated.key_value
