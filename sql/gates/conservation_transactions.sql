-- Nothing vanishes: where every row of the run's objects went, per source_system. A valid key counts as found where silver
-- holds it at the batch's greatest transaction time or a later one. A null in a comparison counts as not found. A row
-- dated below the floor of retention belongs into quarantine; a backfill passes over it.
-- Reads: ${bronze}.transactions, the run's objects; ${silver}.transactions and .quarantine.
WITH source AS (
  SELECT
    source_system, transaction_id, record_hash,
    CAST(transaction_timestamp AS timestamp(6)) AS transaction_timestamp,
    COALESCE(cardinality(validation_errors), 1) = 0 AND NOT COALESCE(substr(transaction_timestamp, 1, 10) < ${floor_text}, false) AS is_valid
  FROM ${bronze}.transactions
  WHERE ingestion_date IN (${ingestion_dates})
    AND "$path" IN (${paths})
    AND NOT COALESCE(substr(transaction_timestamp, 1, 10) < ${passed_over_below}, false)
),
keys AS (
  SELECT source_system, transaction_id, max(transaction_timestamp) AS transaction_timestamp
  FROM source
  WHERE is_valid
  GROUP BY source_system, transaction_id
),
silver_rows AS (
  SELECT transaction_id, max(transaction_timestamp) AS transaction_timestamp
  FROM ${silver}.transactions
  WHERE transaction_date BETWEEN ${first_date} AND ${last_date}
    AND transaction_id IN (SELECT transaction_id FROM keys)
  GROUP BY transaction_id
),
found AS (
  SELECT
    keys.source_system,
    count(*) AS valid_keys,
    count_if(COALESCE(silver_rows.transaction_timestamp >= keys.transaction_timestamp, false)) AS found_keys
  FROM keys
  LEFT JOIN silver_rows ON silver_rows.transaction_id = keys.transaction_id
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
  0 AS late_rows
FROM rows_by_source
LEFT JOIN found ON found.source_system = rows_by_source.source_system
ORDER BY rows_by_source.source_system
