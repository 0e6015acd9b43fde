-- Grain: one row per (user_id, valid_from), of those whose record is among the step's objects.
-- Reads:  ${bronze}.users, the step's objects, valid rows.
-- Writes: ${silver}.users: versions that are not what their record says.
-- Twice:  the versions are as their records say, so nothing matches and nothing is written. See backfill/repair_events.sql.
MERGE INTO ${silver}.users AS t
USING (
  WITH source AS (
    SELECT
      user_id,
      CAST(signup_date AS timestamp(6)) AS signup_date,
      device_type, country,
      CAST(COALESCE(updated_at, signup_date) AS timestamp(6)) AS updated_at,
      record_hash,
      CAST(arrival_timestamp AS timestamp(6)) AS arrival_timestamp,
      row_number() OVER (
        PARTITION BY user_id, COALESCE(updated_at, signup_date), record_hash ORDER BY arrival_timestamp, contract_version DESC, origin) AS copy_number
    FROM ${bronze}.users
    WHERE ingestion_date IN (${ingestion_dates})
      AND "$path" IN (${paths})
      AND COALESCE(cardinality(validation_errors), 1) = 0
  )
  SELECT *
  FROM source
  WHERE copy_number = 1
) AS s
ON t.user_id = s.user_id AND t.valid_from = s.updated_at AND t.record_hash = s.record_hash AND t.arrival_timestamp = s.arrival_timestamp
WHEN MATCHED AND (
    t.signup_date IS DISTINCT FROM s.signup_date
    OR t.device_type IS DISTINCT FROM s.device_type
    OR t.country IS DISTINCT FROM s.country
    OR t.is_current IS DISTINCT FROM (t.valid_to IS NULL))
  THEN UPDATE SET
    signup_date = s.signup_date,
    device_type = s.device_type,
    country = s.country,
    is_current = t.valid_to IS NULL,
    processing_timestamp = ${processing_timestamp}
