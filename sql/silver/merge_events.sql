-- Grain: one row per event_id.
-- Reads:  ${bronze}.events, the run's objects, valid rows of the given event dates.
-- Writes: ${silver}.events.
-- Twice:  the second time every row's version is already there, so nothing matches a clause and nothing is written.
--
-- A version is (event_timestamp, arrival_timestamp, record_hash) and the greatest wins. Copies of one record (same
-- record_hash) are one version that arrived when its earliest copy did: `arrivals` tells the target row of an earlier copy.
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
      AND cardinality(validation_errors) = 0
      AND substr(event_timestamp, 1, 10) IN (${date_texts})
  ),
  copies AS (
    SELECT source.*, row_number() OVER (PARTITION BY event_id, record_hash ORDER BY arrival_timestamp) AS copy_number
    FROM source
  ),
  records AS (
    SELECT
      copies.*,
      row_number() OVER (PARTITION BY event_id ORDER BY event_timestamp DESC, arrival_timestamp DESC, record_hash DESC) AS version_rank
    FROM copies
    WHERE copy_number = 1
  ),
  arrivals AS (
    SELECT event_id, map_agg(record_hash, arrival_timestamp) AS arrivals
    FROM records
    GROUP BY event_id
  )
  SELECT records.*, CAST(records.event_timestamp AS date) AS event_date, arrivals.arrivals
  FROM records
  JOIN arrivals ON arrivals.event_id = records.event_id
  WHERE version_rank = 1
) AS s
ON t.event_id = s.event_id AND t.event_date BETWEEN ${first_date} AND ${last_date}
WHEN MATCHED AND s.record_hash <> t.record_hash AND (
    s.event_timestamp > t.event_timestamp
    OR s.event_timestamp = t.event_timestamp AND (
      s.arrival_timestamp > LEAST(t.arrival_timestamp, COALESCE(element_at(s.arrivals, t.record_hash), t.arrival_timestamp))
      OR s.arrival_timestamp = LEAST(t.arrival_timestamp, COALESCE(element_at(s.arrivals, t.record_hash), t.arrival_timestamp))
        AND s.record_hash > t.record_hash))
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
WHEN MATCHED AND element_at(s.arrivals, t.record_hash) < t.arrival_timestamp
  THEN UPDATE SET
    arrival_timestamp = element_at(s.arrivals, t.record_hash),
    is_late = element_at(s.arrivals, t.record_hash) > date_add('second', ${lateness_seconds}, t.event_timestamp),
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
