-- Grain: one row per transaction_id.
-- Reads:  ${bronze}.transactions, the run's objects, valid rows of the given transaction dates; ${silver}.transactions, the
--         versions it holds.
-- Writes: ${silver}.transactions.
-- Twice:  the second time every row's version is already there, so nothing matches a clause and nothing is written.
--
-- Versions are chosen as in silver/merge_events.sql. source_file is the file of the earliest copy; of equals the least name.
MERGE INTO ${silver}.transactions AS t
USING (
  WITH source AS (
    SELECT
      transaction_id, session_id, user_id,
      CAST(amount AS decimal(10, 2)) AS amount,
      currency,
      CAST(transaction_timestamp AS timestamp(6)) AS transaction_timestamp,
      source_file, record_hash,
      CAST(arrival_timestamp AS timestamp(6)) AS arrival_timestamp
    FROM ${bronze}.transactions
    WHERE ingestion_date IN (${ingestion_dates})
      AND "$path" IN (${paths})
      AND COALESCE(cardinality(validation_errors), 1) = 0
      AND substr(transaction_timestamp, 1, 10) IN (${date_texts})
  ),
  known AS (
    SELECT transaction_id, transaction_timestamp, record_hash, arrival_timestamp, source_file
    FROM ${silver}.transactions
    WHERE transaction_date BETWEEN ${first_date} AND ${last_date}
      AND transaction_id IN (SELECT transaction_id FROM source)
  ),
  every_copy AS (
    SELECT transaction_id, transaction_timestamp, record_hash, arrival_timestamp, source_file, true AS is_new FROM source
    UNION ALL
    SELECT transaction_id, transaction_timestamp, record_hash, arrival_timestamp, source_file, false AS is_new FROM known
  ),
  numbered AS (
    SELECT
      every_copy.*,
      row_number() OVER (PARTITION BY transaction_id, record_hash ORDER BY arrival_timestamp, source_file) AS copy_number,
      bool_or(is_new) OVER (PARTITION BY transaction_id, record_hash) AS has_new_copy
    FROM every_copy
  ),
  ranked AS (
    SELECT
      numbered.*,
      row_number() OVER (
        PARTITION BY transaction_id ORDER BY transaction_timestamp DESC, arrival_timestamp DESC, record_hash DESC) AS version_rank
    FROM numbered
    WHERE copy_number = 1
  ),
  kept AS (
    SELECT transaction_id, max_by(record_hash, transaction_timestamp) AS kept_hash, count(*) AS known_rows
    FROM known
    GROUP BY transaction_id
  ),
  records AS (
    SELECT source.*, row_number() OVER (PARTITION BY transaction_id, record_hash ORDER BY arrival_timestamp) AS copy_number
    FROM source
  )
  SELECT
    records.transaction_id, records.session_id, records.user_id, records.amount, records.currency,
    records.transaction_timestamp,
    CAST(records.transaction_timestamp AS date) AS transaction_date,
    ranked.source_file, records.record_hash, ranked.arrival_timestamp, kept.kept_hash,
    COALESCE(kept.known_rows, 0) AS known_rows
  FROM ranked
  JOIN records
    ON records.transaction_id = ranked.transaction_id AND records.record_hash = ranked.record_hash AND records.copy_number = 1
  LEFT JOIN kept ON kept.transaction_id = ranked.transaction_id
  WHERE ranked.version_rank = 1 AND ranked.has_new_copy
) AS s
ON t.transaction_id = s.transaction_id AND t.transaction_date BETWEEN ${first_date} AND ${last_date}
WHEN MATCHED AND t.record_hash <> s.kept_hash
  THEN DELETE
WHEN MATCHED AND (
    s.record_hash <> t.record_hash
    OR s.arrival_timestamp <> t.arrival_timestamp
    OR s.source_file <> t.source_file
    OR s.known_rows > 1)
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
WHEN NOT MATCHED
  THEN INSERT (
    transaction_id, session_id, user_id, amount, currency, transaction_timestamp, transaction_date, source_file,
    record_hash, arrival_timestamp, processing_timestamp, data_version)
  VALUES (
    s.transaction_id, s.session_id, s.user_id, s.amount, s.currency, s.transaction_timestamp, s.transaction_date,
    s.source_file, s.record_hash, s.arrival_timestamp, ${processing_timestamp}, ${data_version})
