-- Grain: one row per event_id, of those whose record is among the step's objects.
-- Reads:  ${bronze}.events, the step's objects, valid rows of the given event dates.
-- Writes: ${silver}.events: rows that are not what their record says, or that another version of the logic wrote.
-- Twice:  the rows are as their records say, so nothing matches and nothing is written.
--
-- silver/merge_events.sql takes the content of a record for granted where its hash is known. A row follows the copy that arrived
-- first, the one whose arrival it has.
MERGE INTO ${silver}.events AS t
USING (
  WITH source AS (
    SELECT
      event_id, session_id, user_id, event_type,
      CAST(event_timestamp AS timestamp(6)) AS event_timestamp,
      product_id, category_id, category_code, brand,
      CAST(price AS decimal(10, 2)) AS price,
      event_details, source_system, record_hash,
      CAST(arrival_timestamp AS timestamp(6)) AS arrival_timestamp,
      row_number() OVER (PARTITION BY event_id, record_hash ORDER BY arrival_timestamp, contract_version DESC, origin) AS copy_number
    FROM ${bronze}.events
    WHERE ingestion_date IN (${ingestion_dates})
      AND "$path" IN (${paths})
      AND COALESCE(cardinality(validation_errors), 1) = 0
      AND substr(event_timestamp, 1, 10) IN (${date_texts})
  )
  SELECT
    source.*,
    CAST(event_timestamp AS date) AS event_date,
    arrival_timestamp > date_add('second', ${lateness_seconds}, event_timestamp) AS is_late
  FROM source
  WHERE copy_number = 1
) AS s
ON t.event_id = s.event_id AND t.record_hash = s.record_hash AND t.arrival_timestamp = s.arrival_timestamp
  AND t.event_date BETWEEN ${first_date} AND ${last_date}
WHEN MATCHED AND (
    t.session_id IS DISTINCT FROM s.session_id
    OR t.user_id IS DISTINCT FROM s.user_id
    OR t.event_type IS DISTINCT FROM s.event_type
    OR t.event_timestamp IS DISTINCT FROM s.event_timestamp
    OR t.event_date IS DISTINCT FROM s.event_date
    OR t.product_id IS DISTINCT FROM s.product_id
    OR t.category_id IS DISTINCT FROM s.category_id
    OR t.category_code IS DISTINCT FROM s.category_code
    OR t.brand IS DISTINCT FROM s.brand
    OR t.price IS DISTINCT FROM s.price
    OR t.event_details IS DISTINCT FROM s.event_details
    OR t.source_system IS DISTINCT FROM s.source_system
    OR t.is_late IS DISTINCT FROM s.is_late
    OR t.data_version IS DISTINCT FROM ${data_version})
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
    is_late = s.is_late,
    processing_timestamp = ${processing_timestamp},
    data_version = ${data_version}
