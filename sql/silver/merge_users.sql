-- Grain: one row per (user_id, valid_from).
-- Reads:  ${bronze}.users, the run's objects, valid rows; ${silver}.users, the users met there.
-- Writes: ${silver}.users: new versions, and valid_to of the versions they follow.
-- Twice:  the second time the history comes out as it stands, so no row differs and nothing is written.
--
-- A user's history is every (user_id, updated_at) ever seen; where two records share both, the greater (arrival_timestamp,
-- record_hash) stands. Versions are never collapsed, even where their attributes are equal.
MERGE INTO ${silver}.users AS t
USING (
  WITH incoming AS (
    SELECT
      user_id,
      CAST(signup_date AS timestamp(6)) AS signup_date,
      device_type, country,
      CAST(COALESCE(updated_at, signup_date) AS timestamp(6)) AS updated_at,
      record_hash,
      CAST(arrival_timestamp AS timestamp(6)) AS arrival_timestamp
    FROM ${bronze}.users
    WHERE ingestion_date IN (${ingestion_dates})
      AND "$path" IN (${paths})
      AND COALESCE(cardinality(validation_errors), 1) = 0
  ),
  known AS (
    SELECT user_id, signup_date, device_type, country, updated_at, record_hash, arrival_timestamp
    FROM ${silver}.users
    WHERE user_id IN (SELECT user_id FROM incoming)
  ),
  every_record AS (
    SELECT * FROM incoming
    UNION ALL
    SELECT * FROM known
  ),
  copies AS (
    SELECT
      every_record.*,
      row_number() OVER (PARTITION BY user_id, updated_at, record_hash ORDER BY arrival_timestamp) AS copy_number
    FROM every_record
  ),
  records AS (
    SELECT
      copies.*,
      row_number() OVER (PARTITION BY user_id, updated_at ORDER BY arrival_timestamp DESC, record_hash DESC) AS version_rank
    FROM copies
    WHERE copy_number = 1
  )
  SELECT
    user_id, signup_date, device_type, country, updated_at, record_hash, arrival_timestamp,
    lead(updated_at) OVER (PARTITION BY user_id ORDER BY updated_at) AS valid_to
  FROM records
  WHERE version_rank = 1
) AS s
ON t.user_id = s.user_id AND t.valid_from = s.updated_at
WHEN MATCHED AND (
    s.record_hash <> t.record_hash
    OR s.arrival_timestamp <> t.arrival_timestamp
    OR s.valid_to IS DISTINCT FROM t.valid_to)
  THEN UPDATE SET
    signup_date = s.signup_date,
    device_type = s.device_type,
    country = s.country,
    valid_to = s.valid_to,
    is_current = s.valid_to IS NULL,
    record_hash = s.record_hash,
    arrival_timestamp = s.arrival_timestamp,
    processing_timestamp = ${processing_timestamp}
WHEN NOT MATCHED
  THEN INSERT (
    user_id, signup_date, device_type, country, valid_from, valid_to, is_current, updated_at, record_hash,
    arrival_timestamp, processing_timestamp)
  VALUES (
    s.user_id, s.signup_date, s.device_type, s.country, s.updated_at, s.valid_to, s.valid_to IS NULL, s.updated_at,
    s.record_hash, s.arrival_timestamp, ${processing_timestamp})
