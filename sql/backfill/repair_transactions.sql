-- Grain: one row per transaction_id, of those whose record is among the step's objects.
-- Reads:  ${bronze}.transactions, the step's objects, valid rows of the given transaction dates.
-- Writes: ${silver}.transactions: rows that are not what their record says, or that another version of the logic wrote.
-- Twice:  the rows are as their records say, so nothing matches and nothing is written. See backfill/repair_events.sql.
MERGE INTO ${silver}.transactions AS t
USING (
  WITH source AS (
    SELECT
      transaction_id, session_id, user_id,
      CAST(amount AS decimal(10, 2)) AS amount,
      currency,
      CAST(transaction_timestamp AS timestamp(6)) AS transaction_timestamp,
      record_hash,
      CAST(arrival_timestamp AS timestamp(6)) AS arrival_timestamp,
      row_number() OVER (PARTITION BY transaction_id, record_hash ORDER BY arrival_timestamp, contract_version DESC, origin) AS copy_number
    FROM ${bronze}.transactions
    WHERE ingestion_date IN (${ingestion_dates})
      AND "$path" IN (${paths})
      AND COALESCE(cardinality(validation_errors), 1) = 0
      AND substr(transaction_timestamp, 1, 10) IN (${date_texts})
  )
  SELECT source.*, CAST(transaction_timestamp AS date) AS transaction_date
  FROM source
  WHERE copy_number = 1
) AS s
ON t.transaction_id = s.transaction_id AND t.record_hash = s.record_hash AND t.arrival_timestamp = s.arrival_timestamp
  AND t.transaction_date BETWEEN ${first_date} AND ${last_date}
WHEN MATCHED AND (
    t.session_id IS DISTINCT FROM s.session_id
    OR t.user_id IS DISTINCT FROM s.user_id
    OR t.amount IS DISTINCT FROM s.amount
    OR t.currency IS DISTINCT FROM s.currency
    OR t.transaction_timestamp IS DISTINCT FROM s.transaction_timestamp
    OR t.transaction_date IS DISTINCT FROM s.transaction_date
    OR t.data_version IS DISTINCT FROM ${data_version})
  THEN UPDATE SET
    session_id = s.session_id,
    user_id = s.user_id,
    amount = s.amount,
    currency = s.currency,
    transaction_timestamp = s.transaction_timestamp,
    transaction_date = s.transaction_date,
    processing_timestamp = ${processing_timestamp},
    data_version = ${data_version}
