-- Nothing vanishes: where every row of the run's objects went, per source_system. A valid key counts as found where silver
-- holds it at the batch's greatest event time or a later one. A null in a comparison counts as not found. A row
-- dated below the floor of retention belongs into quarantine; a backfill passes over it.
-- Reads: ${bronze}.events, the run's objects; ${silver}.events and .quarantine.
WITH source AS (
  SELECT
    source_system, event_id, record_hash,
    CAST(event_timestamp AS timestamp(6)) AS event_timestamp,
    COALESCE(cardinality(validation_errors), 1) = 0 AND NOT COALESCE(substr(event_timestamp, 1, 10) < ${floor_text}, false) AS is_valid
  FROM ${bronze}.events
  WHERE ingestion_date IN (${ingestion_dates})
    AND "$path" IN (${paths})
    AND NOT COALESCE(substr(event_timestamp, 1, 10) < ${passed_over_below}, false)
),
keys AS (
  SELECT source_system, event_id, max(event_timestamp) AS event_timestamp
  FROM source
  WHERE is_valid
  GROUP BY source_system, event_id
),
silver_rows AS (
  SELECT
    event_id,
    max(event_timestamp) AS event_timestamp,
    bool_or(is_late AND processing_timestamp = ${processing_timestamp}) AS is_late_now
  FROM ${silver}.events
  WHERE event_date BETWEEN ${first_date} AND ${last_date}
    AND event_id IN (SELECT event_id FROM keys)
  GROUP BY event_id
),
found AS (
  SELECT
    keys.source_system,
    count(*) AS valid_keys,
    count_if(COALESCE(silver_rows.event_timestamp >= keys.event_timestamp, false)) AS found_keys,
    count_if(COALESCE(silver_rows.is_late_now, false)) AS late_rows
  FROM keys
  LEFT JOIN silver_rows ON silver_rows.event_id = keys.event_id
  GROUP BY keys.source_system
),
quarantined AS (
  SELECT record_hash
  FROM ${silver}.quarantine
  WHERE record_hash IN (SELECT record_hash FROM source WHERE NOT is_valid)
),
rows_by_source AS (
  SELECT
    source.source_system,
    count(*) AS bronze_rows,
    count_if(source.is_valid) AS valid_rows,
    count_if(NOT source.is_valid) AS invalid_rows,
    count_if(NOT source.is_valid AND quarantined.record_hash IS NOT NULL) AS quarantined_rows
  FROM source
  LEFT JOIN quarantined ON quarantined.record_hash = source.record_hash
  GROUP BY source.source_system
)
SELECT
  rows_by_source.source_system,
  rows_by_source.bronze_rows,
  rows_by_source.valid_rows,
  COALESCE(found.valid_keys, 0) AS valid_keys,
  COALESCE(found.found_keys, 0) AS found_keys,
  rows_by_source.invalid_rows,
  rows_by_source.quarantined_rows,
  COALESCE(found.late_rows, 0) AS late_rows
FROM rows_by_source
LEFT JOIN found ON found.source_system = rows_by_source.source_system
ORDER BY rows_by_source.source_system
