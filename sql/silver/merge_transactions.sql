-- Grain: one row per transaction_id.
-- Reads:  ${bronze}.transactions, the run's objects, valid rows of the given transaction dates.
-- Writes: ${silver}.transactions.
-- Twice:  the second time every row's version is already there, so nothing matches a clause and nothing is written.
--
-- Versions are compared as in silver/merge_events.sql.
MERGE INTO ${silver}.transactions AS t
USING (
  WITH source AS (
    SELECT
      transaction_id, session_id, user_id,
      CAST(amount AS decimal(10, 2)) AS amount,
      currency,
      CAST(transaction_timestamp AS timestamp(6)) AS transaction_timestamp,
      source_file, origin, record_hash,
      CAST(arrival_timestamp AS timestamp(6)) AS arrival_timestamp
    FROM ${bronze}.transactions
    WHERE ingestion_date IN (${ingestion_dates})
      AND "$path" IN (${paths})
      AND cardinality(validation_errors) = 0
      AND substr(transaction_timestamp, 1, 10) IN (${date_texts})
  ),
  copies AS (
    SELECT
      source.*,
      row_number() OVER (PARTITION BY transaction_id, record_hash ORDER BY arrival_timestamp, source_file, origin) AS copy_number
    FROM source
  ),
  records AS (
    SELECT
      copies.*,
      row_number() OVER (
        PARTITION BY transaction_id ORDER BY transaction_timestamp DESC, arrival_timestamp DESC, record_hash DESC) AS version_rank
    FROM copies
    WHERE copy_number = 1
  ),
  arrivals AS (
    SELECT transaction_id, map_agg(record_hash, arrival_timestamp) AS arrivals, map_agg(record_hash, source_file) AS source_files
    FROM records
    GROUP BY transaction_id
  )
  SELECT
    records.*,
    CAST(records.transaction_timestamp AS date) AS transaction_date,
    arrivals.arrivals,
    arrivals.source_files
  FROM records
  JOIN arrivals ON arrivals.transaction_id = records.transaction_id
  WHERE version_rank = 1
) AS s
ON t.transaction_id = s.transaction_id AND t.transaction_date BETWEEN ${first_date} AND ${last_date}
WHEN MATCHED AND s.record_hash <> t.record_hash AND (
    s.transaction_timestamp > t.transaction_timestamp
    OR s.transaction_timestamp = t.transaction_timestamp AND (
      s.arrival_timestamp > LEAST(t.arrival_timestamp, COALESCE(element_at(s.arrivals, t.record_hash), t.arrival_timestamp))
      OR s.arrival_timestamp = LEAST(t.arrival_timestamp, COALESCE(element_at(s.arrivals, t.record_hash), t.arrival_timestamp))
        AND s.record_hash > t.record_hash))
  THEN UPDATE SET
    session_id = s.session_id,
    user_id = s.user_id,
    amount = s.amount,
    currency = s.currency,
    transaction_timestamp = s.transaction_timestamp,
    transaction_date = s.transaction_date,
    source_file = s.source_file,
    record_hash = s.record_hash,
    arrival_timestamp = s.arrival_timestamp,
    processing_timestamp = ${processing_timestamp},
    data_version = ${data_version}
WHEN MATCHED AND (
    element_at(s.arrivals, t.record_hash) < t.arrival_timestamp
    OR element_at(s.arrivals, t.record_hash) = t.arrival_timestamp AND element_at(s.source_files, t.record_hash) < t.source_file)
  THEN UPDATE SET
    source_file = element_at(s.source_files, t.record_hash),
    arrival_timestamp = element_at(s.arrivals, t.record_hash),
    processing_timestamp = ${processing_timestamp},
    data_version = ${data_version}
WHEN NOT MATCHED
  THEN INSERT (
    transaction_id, session_id, user_id, amount, currency, transaction_timestamp, transaction_date, source_file,
    record_hash, arrival_timestamp, processing_timestamp, data_version)
  VALUES (
    s.transaction_id, s.session_id, s.user_id, s.amount, s.currency, s.transaction_timestamp, s.transaction_date,
    s.source_file, s.record_hash, s.arrival_timestamp, ${processing_timestamp}, ${data_version})
