-- Grain: one row per event_id.
-- Reads:  ${bronze}.events, the run's objects, valid rows of the given event dates; ${silver}.events, the versions it holds.
-- Writes: ${silver}.events.
-- Twice:  the second time every row's version is already there, so nothing matches a clause and nothing is written.
--
-- A version is (event_timestamp, arrival_timestamp, record_hash) and the greatest wins. Copies of one record (same
-- record_hash) are one version that arrived when its earliest copy did, so the version silver holds takes part in the choice.
-- A key that stands in two rows (its dates lay farther apart than the horizon) keeps the greater of them.
MERGE INTO ${silver}.events AS t
USING (
  WITH source AS (
    SELECT
      event_id, session_id, user_id, event_type,
      CAST(event_timestamp AS timestamp(6)) AS event_timestamp,
      product_id, category_id, category_code, brand,
      CAST(price AS decimal(10, 2)) AS price,
      event_details, source_system, record_hash,
      CAST(arrival_timestamp AS timestamp(6)) AS arrival_timestamp
    FROM ${bronze}.events
    WHERE ingestion_date IN (${ingestion_dates})
      AND "$path" IN (${paths})
      AND COALESCE(cardinality(validation_errors), 1) = 0
      AND substr(event_timestamp, 1, 10) IN (${date_texts})
  ),
  known AS (
    SELECT event_id, event_timestamp, record_hash, arrival_timestamp
    FROM ${silver}.events
    WHERE event_date BETWEEN ${first_date} AND ${last_date}
      AND event_id IN (SELECT event_id FROM source)
  ),
  every_copy AS (
    SELECT event_id, event_timestamp, record_hash, arrival_timestamp, true AS is_new FROM source
    UNION ALL
    SELECT event_id, event_timestamp, record_hash, arrival_timestamp, false AS is_new FROM known
  ),
  versions AS (
    SELECT event_id, event_timestamp, record_hash, min(arrival_timestamp) AS arrival_timestamp, bool_or(is_new) AS is_new
    FROM every_copy
    GROUP BY event_id, event_timestamp, record_hash
  ),
  ranked AS (
    SELECT
      versions.*,
      row_number() OVER (PARTITION BY event_id ORDER BY event_timestamp DESC, arrival_timestamp DESC, record_hash DESC) AS version_rank
    FROM versions
  ),
  kept AS (
    SELECT event_id, max_by(record_hash, event_timestamp) AS kept_hash, count(*) AS known_rows
    FROM known
    GROUP BY event_id
  ),
  records AS (
    SELECT source.*, row_number() OVER (PARTITION BY event_id, record_hash ORDER BY arrival_timestamp) AS copy_number
    FROM source
  )
  SELECT
    records.event_id, records.session_id, records.user_id, records.event_type, records.event_timestamp,
    CAST(records.event_timestamp AS date) AS event_date,
    records.product_id, records.category_id, records.category_code, records.brand, records.price, records.event_details,
    records.source_system, records.record_hash, ranked.arrival_timestamp, kept.kept_hash,
    COALESCE(kept.known_rows, 0) AS known_rows
  FROM ranked
  JOIN records ON records.event_id = ranked.event_id AND records.record_hash = ranked.record_hash AND records.copy_number = 1
  LEFT JOIN kept ON kept.event_id = ranked.event_id
  WHERE ranked.version_rank = 1 AND ranked.is_new
) AS s
ON t.event_id = s.event_id AND t.event_date BETWEEN ${first_date} AND ${last_date}
WHEN MATCHED AND t.record_hash <> s.kept_hash
  THEN DELETE
WHEN MATCHED AND (s.record_hash <> t.record_hash OR s.arrival_timestamp <> t.arrival_timestamp OR s.known_rows > 1)
  THEN UPDATE SET
    session_id = s.session_id,
    user_id = s.user_id,
    event_type = s.event_type,
    event_timestamp = s.event_timestamp,
    event_date = s.event_date,
    product_id = s.product_id,
    category_id = s.category_id,
    category_code = s.category_code,
    brand = s.brand,
    price = s.price,
    event_details = s.event_details,
    source_system = s.source_system,
    record_hash = s.record_hash,
    arrival_timestamp = s.arrival_timestamp,
    is_late = s.arrival_timestamp > date_add('second', ${lateness_seconds}, s.event_timestamp),
    processing_timestamp = ${processing_timestamp},
    data_version = ${data_version}
WHEN NOT MATCHED
  THEN INSERT (
    event_id, session_id, user_id, event_type, event_timestamp, event_date, product_id, category_id, category_code, brand,
    price, event_details, source_system, record_hash, arrival_timestamp, is_late, processing_timestamp, data_version)
  VALUES (
    s.event_id, s.session_id, s.user_id, s.event_type, s.event_timestamp, s.event_date, s.product_id, s.category_id,
    s.category_code, s.brand, s.price, s.event_details, s.source_system, s.record_hash, s.arrival_timestamp,
    s.arrival_timestamp > date_add('second', ${lateness_seconds}, s.event_timestamp),
    ${processing_timestamp}, ${data_version})
