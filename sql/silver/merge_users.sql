-- Grain: one row per (user_id, valid_from).
-- Reads:  ${bronze}.users, the run's objects, valid rows; ${silver}.users, the users met there.
-- Writes: ${silver}.users: new versions, and valid_to of the versions they follow.
-- Twice:  the second time the history comes out as it stands, so no row differs and nothing is written.
--
-- A user's history is every (user_id, updated_at) ever seen; where two records share both, the greater (arrival_timestamp,
-- record_hash) stands and the others stay with it as its contenders (silver/merge_events.sql). Versions are never collapsed,
-- even where their attributes are equal.
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
    SELECT user_id, signup_date, device_type, country, updated_at, record_hash, arrival_timestamp, contenders
    FROM ${silver}.users
    WHERE user_id IN (SELECT user_id FROM incoming)
  ),
  known_records AS (
    SELECT user_id, signup_date, device_type, country, updated_at, record_hash, arrival_timestamp
    FROM known
    UNION ALL
    SELECT known.user_id, c.signup_date, c.device_type, c.country, known.updated_at, c.record_hash, c.arrival_timestamp
    FROM known
    CROSS JOIN UNNEST(known.contenders) AS c(signup_date, device_type, country, record_hash, arrival_timestamp)
  ),
  every_record AS (
    SELECT incoming.*, true AS is_new FROM incoming
    UNION ALL
    SELECT known_records.*, false AS is_new FROM known_records
  ),
  copies AS (
    SELECT
      every_record.*,
      row_number() OVER (PARTITION BY user_id, updated_at, record_hash ORDER BY arrival_timestamp, is_new) AS copy_number
    FROM every_record
  ),
  records AS (
    SELECT
      copies.*,
      row_number() OVER (PARTITION BY user_id, updated_at ORDER BY arrival_timestamp DESC, record_hash DESC) AS version_rank
    FROM copies
    WHERE copy_number = 1
  ),
  losers AS (
    SELECT
      user_id, updated_at,
      array_agg(
        CAST(
          ROW(signup_date, device_type, country, record_hash, arrival_timestamp)
          AS ROW(signup_date timestamp(6), device_type varchar, country varchar, record_hash varchar, arrival_timestamp timestamp(6)))
        ORDER BY arrival_timestamp, record_hash) AS contenders,
      bool_or(is_new) AS has_news
    FROM records
    WHERE version_rank > 1
    GROUP BY user_id, updated_at
  )
  SELECT
    r.user_id, r.signup_date, r.device_type, r.country, r.updated_at, r.record_hash, r.arrival_timestamp,
    lead(r.updated_at) OVER (PARTITION BY r.user_id ORDER BY r.updated_at) AS valid_to,
    losers.contenders,
    COALESCE(losers.has_news, false) AS has_new_contender
  FROM records AS r
  LEFT JOIN losers ON losers.user_id = r.user_id AND losers.updated_at = r.updated_at
  WHERE r.version_rank = 1
) AS s
ON t.user_id = s.user_id AND t.valid_from = s.updated_at
WHEN MATCHED AND (
    s.record_hash <> t.record_hash
    OR s.arrival_timestamp <> t.arrival_timestamp
    OR s.valid_to IS DISTINCT FROM t.valid_to
    OR s.has_new_contender)
  THEN UPDATE SET
    signup_date = s.signup_date,
    device_type = s.device_type,
    country = s.country,
    valid_to = s.valid_to,
    is_current = s.valid_to IS NULL,
    record_hash = s.record_hash,
    arrival_timestamp = s.arrival_timestamp,
    contenders = s.contenders,
    processing_timestamp = ${processing_timestamp}
WHEN NOT MATCHED
  THEN INSERT (
    user_id, signup_date, device_type, country, valid_from, valid_to, is_current, updated_at, record_hash,
    arrival_timestamp, processing_timestamp, contenders)
  VALUES (
    s.user_id, s.signup_date, s.device_type, s.country, s.updated_at, s.valid_to, s.valid_to IS NULL, s.updated_at,
    s.record_hash, s.arrival_timestamp, ${processing_timestamp}, s.contenders)
