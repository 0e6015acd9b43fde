-- Nothing vanishes: where every row of the run's objects went, per source_system. A key is (user_id, updated_at).
-- Reads: ${bronze}.users, the run's objects; ${silver}.users and .quarantine.
WITH source AS (
  SELECT
    source_system, user_id, record_hash,
    CAST(COALESCE(updated_at, signup_date) AS timestamp(6)) AS updated_at,
    COALESCE(cardinality(validation_errors), 1) = 0 AS is_valid
  FROM ${bronze}.users
  WHERE ingestion_date IN (${ingestion_dates})
    AND "$path" IN (${paths})
),
keys AS (
  SELECT DISTINCT source_system, user_id, updated_at
  FROM source
  WHERE is_valid
),
silver_rows AS (
  SELECT user_id, updated_at
  FROM ${silver}.users
  WHERE user_id IN (SELECT user_id FROM keys)
),
found AS (
  SELECT
    keys.source_system,
    count(*) AS valid_keys,
    count_if(silver_rows.user_id IS NOT NULL) AS found_keys
  FROM keys
  LEFT JOIN silver_rows ON silver_rows.user_id = keys.user_id AND silver_rows.updated_at = keys.updated_at
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
