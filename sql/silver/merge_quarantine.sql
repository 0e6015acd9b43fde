-- Grain: one row per record_hash.
-- Reads:  one bronze table, the run's objects, rows with validation errors and those dated below the floor of retention; of those
--         the records whose row lies, or will lie, in the given partitions (plan/quarantine_dates.sql); ${silver}.quarantine, its keys.
-- Writes: ${silver}.quarantine.
-- Twice:  origins are a set, so the second time none is new and nothing is written.
--
-- Where copies of a record were judged differently, the latest contract_version's reasons stand; of one version (some rules look
-- at the arrival) those that are greater as text, so that the order of arrival does not matter; likewise for the header.
-- A record that comes again returns to `open`, unless a person discarded it.
MERGE INTO ${silver}.quarantine AS t
USING (
  WITH source AS (
    SELECT
      record_hash, source_system,
      CASE
        WHEN COALESCE(cardinality(validation_errors), 1) = 0 THEN ARRAY['${event_time_column}: older than retention']
        ELSE validation_errors END AS validation_errors,
      payload, payload_encoding, payload_location, origin, contract_version,
      CAST(${header_column} AS varchar) AS header,
      CAST(arrival_timestamp AS timestamp(6)) AS arrival_timestamp
    FROM ${bronze}.${bronze_table}
    WHERE ingestion_date IN (${ingestion_dates})
      AND "$path" IN (${paths})
      AND (COALESCE(cardinality(validation_errors), 1) > 0 OR COALESCE(substr(${event_time_column}, 1, 10) < ${floor_text}, false))
      AND NOT COALESCE(substr(${event_time_column}, 1, 10) < ${passed_over_below}, false)
  ),
  judged AS (
    SELECT
      source.*,
      row_number() OVER (
        PARTITION BY record_hash
        ORDER BY contract_version DESC, array_join(validation_errors, '; ') DESC, COALESCE(header, '') DESC, origin) AS judgement
    FROM source
  ),
  known AS (
    SELECT record_hash, first_seen_at
    FROM ${silver}.quarantine
    WHERE record_hash IN (SELECT record_hash FROM source)
  ),
  deliveries AS (
    SELECT
      record_hash,
      array_sort(array_distinct(array_agg(origin))) AS origins,
      min(arrival_timestamp) AS first_seen_at,
      max(arrival_timestamp) AS last_seen_at
    FROM source
    GROUP BY record_hash
  )
  SELECT
    judged.record_hash, judged.source_system, judged.validation_errors AS reasons, judged.payload, judged.payload_encoding,
    judged.payload_location, judged.header, judged.contract_version, deliveries.origins, deliveries.first_seen_at, deliveries.last_seen_at
  FROM judged
  JOIN deliveries ON deliveries.record_hash = judged.record_hash
  LEFT JOIN known ON known.record_hash = judged.record_hash
  WHERE judgement = 1
    AND CAST(LEAST(deliveries.first_seen_at, COALESCE(known.first_seen_at, deliveries.first_seen_at)) AS date) IN (${dates})
) AS s
ON t.record_hash = s.record_hash
WHEN MATCHED AND (
    cardinality(array_except(s.origins, t.origins)) > 0
    OR s.contract_version > t.contract_version
    OR s.contract_version = t.contract_version AND array_join(s.reasons, '; ') > array_join(t.reasons, '; ')
    OR s.contract_version = t.contract_version AND s.reasons = t.reasons AND COALESCE(s.header, '') > COALESCE(t.header, ''))
  THEN UPDATE SET
    reasons = CASE
      WHEN s.contract_version > t.contract_version
        OR s.contract_version = t.contract_version AND array_join(s.reasons, '; ') > array_join(t.reasons, '; ')
        THEN s.reasons
      ELSE t.reasons END,
    header = CASE
      WHEN s.contract_version > t.contract_version
        OR s.contract_version = t.contract_version AND array_join(s.reasons, '; ') > array_join(t.reasons, '; ')
        OR s.contract_version = t.contract_version AND s.reasons = t.reasons AND COALESCE(s.header, '') > COALESCE(t.header, '')
        THEN s.header
      ELSE t.header END,
    contract_version = GREATEST(s.contract_version, t.contract_version),
    origins = array_sort(array_union(t.origins, s.origins)),
    first_seen_at = LEAST(s.first_seen_at, t.first_seen_at),
    last_seen_at = GREATEST(s.last_seen_at, t.last_seen_at),
    seen_count = CAST(cardinality(array_union(t.origins, s.origins)) AS integer),
    status = CASE WHEN t.status = 'discarded' THEN 'discarded' ELSE 'open' END
WHEN NOT MATCHED
  THEN INSERT (
    record_hash, source_system, reasons, payload, payload_encoding, payload_location, origins, first_seen_at, last_seen_at,
    seen_count, status, contract_version, header)
  VALUES (
    s.record_hash, s.source_system, s.reasons, s.payload, s.payload_encoding, s.payload_location, s.origins,
    s.first_seen_at, s.last_seen_at, CAST(cardinality(s.origins) AS integer), 'open', s.contract_version, s.header)
