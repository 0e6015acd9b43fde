-- What conservation missed: keys of valid rows that silver did not hold at their version, as the run had left it, and invalid rows
-- that did not stand in quarantine.
-- Reads: one bronze table, the run's objects; silver and quarantine at the failed run's snapshots.
WITH source AS (
  SELECT
    ${key_column} AS key_value, CAST(${event_time_column} AS timestamp(6)) AS event_time, record_hash, payload,
    COALESCE(cardinality(validation_errors), 1) = 0 AND NOT COALESCE(substr(${event_time_column}, 1, 10) < ${floor_text}, false) AS is_valid
  FROM ${bronze}.${bronze_table}
  WHERE ingestion_date IN (${ingestion_dates})
    AND ${of_objects}
    AND NOT COALESCE(substr(${event_time_column}, 1, 10) < ${passed_over_below}, false)
),
versions AS (
  SELECT key_value, max(event_time) AS event_time, max_by(payload, event_time) AS payload
  FROM source
  WHERE is_valid
  GROUP BY key_value
),
silver_rows AS (
  SELECT s.${key_column} AS key_value, max(s.${time_column}) AS event_time
  FROM ${silver_version} AS s
  WHERE s.${key_column} IN (SELECT key_value FROM versions)
  GROUP BY s.${key_column}
)
SELECT 'silver' AS missing_in, versions.key_value, versions.event_time, silver_rows.event_time AS event_time_in_silver, versions.payload
FROM versions
LEFT JOIN silver_rows ON silver_rows.key_value = versions.key_value
WHERE NOT COALESCE(silver_rows.event_time >= versions.event_time, false)
UNION ALL
SELECT 'quarantine', source.record_hash, source.event_time, NULL, source.payload
FROM source
WHERE NOT source.is_valid
  AND source.record_hash NOT IN (SELECT q.record_hash FROM ${quarantine_version} AS q)
LIMIT 100
