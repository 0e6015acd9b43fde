-- Grain: one row per key. Of a key that stands in several rows the greatest version stays: the one of the latest event time.
-- Reads:  one silver table as it was before the run, key and time columns of all partitions.
-- Writes: the same table, on the given dates. The rows that stay are marked as written, so that their sessions are computed.
-- Twice:  the lesser rows are gone and the others marked, so nothing is written.
MERGE INTO ${silver}.${silver_table} AS t
USING (
  SELECT base.${key_column} AS key_value, max(base.${time_column}) AS newest
  FROM ${table_base} AS base
  GROUP BY base.${key_column}
  HAVING count(*) > 1
) AS s
ON t.${key_column} = s.key_value AND t.${date_column} IN (${dates})
WHEN MATCHED AND t.${time_column} < s.newest
  THEN DELETE
WHEN MATCHED AND t.processing_timestamp <> ${processing_timestamp}
  THEN UPDATE SET processing_timestamp = ${processing_timestamp}
