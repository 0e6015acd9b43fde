-- Grain: one row per transaction_id.
-- Reads:  ${bronze}.transactions, the run's objects, valid rows of the given transaction dates; ${silver}.transactions, the
--         versions it holds.
-- Writes: ${silver}.transactions.
-- Twice:  the second time every version is already there, so nothing matches a clause and nothing is written.
--
-- Versions and contenders as in silver/merge_events.sql. source_file is the file of the earliest copy; of equals the least name.
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
    SELECT transaction_id, transaction_timestamp, source_file, record_hash, arrival_timestamp, contenders
    FROM ${silver}.transactions
    WHERE transaction_date BETWEEN ${first_date} AND ${last_date}
      AND transaction_id IN (SELECT transaction_id FROM source)
  ),
  known_contenders AS (
    SELECT
      known.transaction_id, c.session_id, c.user_id, c.amount, c.currency, known.transaction_timestamp, c.source_file, c.record_hash,
      c.arrival_timestamp
    FROM known
    CROSS JOIN UNNEST(known.contenders) AS c(session_id, user_id, amount, currency, source_file, record_hash, arrival_timestamp)
  ),
  every_copy AS (
    SELECT transaction_id, transaction_timestamp, source_file, record_hash, arrival_timestamp, true AS is_new FROM source
    UNION ALL
    SELECT transaction_id, transaction_timestamp, source_file, record_hash, arrival_timestamp, false AS is_new FROM known
    UNION ALL
    SELECT transaction_id, transaction_timestamp, source_file, record_hash, arrival_timestamp, false AS is_new FROM known_contenders
  ),
  numbered AS (
    SELECT
      every_copy.*,
      row_number() OVER (PARTITION BY transaction_id, record_hash ORDER BY arrival_timestamp, source_file, is_new) AS copy_number
    FROM every_copy
  ),
  ranked AS (
    SELECT
      numbered.*,
      row_number() OVER (
        PARTITION BY transaction_id ORDER BY transaction_timestamp DESC, arrival_timestamp DESC, record_hash DESC) AS version_rank,
      max(transaction_timestamp) OVER (PARTITION BY transaction_id) AS newest
    FROM numbered
    WHERE copy_number = 1
  ),
  standing AS (
    SELECT transaction_id, max_by(record_hash, transaction_timestamp) AS kept_hash, count(*) AS known_rows
    FROM known
    GROUP BY transaction_id
  ),
  kept AS (
    SELECT
      standing.transaction_id, standing.kept_hash, standing.known_rows,
      ranked.arrival_timestamp AS kept_arrival, ranked.source_file AS kept_file
    FROM standing
    JOIN ranked ON ranked.transaction_id = standing.transaction_id AND ranked.record_hash = standing.kept_hash
  ),
  every_record AS (
    SELECT * FROM source
    UNION ALL
    SELECT * FROM known_contenders
  ),
  records AS (
    SELECT every_record.*, row_number() OVER (PARTITION BY transaction_id, record_hash ORDER BY arrival_timestamp) AS copy_number
    FROM every_record
  ),
  -- The row that stands now is added by the MERGE, which has its content.
  losers AS (
    SELECT
      ranked.transaction_id,
      array_agg(
        CAST(
          ROW(r.session_id, r.user_id, r.amount, r.currency, ranked.source_file, r.record_hash, ranked.arrival_timestamp)
          AS ROW(session_id varchar, user_id varchar, amount decimal(10, 2), currency varchar, source_file varchar,
            record_hash varchar, arrival_timestamp timestamp(6)))
        ORDER BY ranked.arrival_timestamp, ranked.record_hash) AS contenders,
      bool_or(ranked.is_new) AS has_news
    FROM ranked
    JOIN records AS r ON r.transaction_id = ranked.transaction_id AND r.record_hash = ranked.record_hash AND r.copy_number = 1
    LEFT JOIN kept ON kept.transaction_id = ranked.transaction_id
    WHERE ranked.version_rank > 1
      AND ranked.transaction_timestamp = ranked.newest
      AND ranked.record_hash IS DISTINCT FROM kept.kept_hash
    GROUP BY ranked.transaction_id
  )
  SELECT
    ranked.transaction_id, r.session_id, r.user_id, r.amount, r.currency, ranked.transaction_timestamp,
    CAST(ranked.transaction_timestamp AS date) AS transaction_date,
    ranked.source_file, ranked.record_hash, ranked.arrival_timestamp,
    losers.contenders,
    COALESCE(losers.has_news, false) AS has_new_contender,
    kept.kept_hash,
    kept.kept_arrival,
    kept.kept_file,
    COALESCE(kept.known_rows, 0) AS known_rows
  FROM ranked
  LEFT JOIN records AS r ON r.transaction_id = ranked.transaction_id AND r.record_hash = ranked.record_hash AND r.copy_number = 1
  LEFT JOIN losers ON losers.transaction_id = ranked.transaction_id
  LEFT JOIN kept ON kept.transaction_id = ranked.transaction_id
  WHERE ranked.version_rank = 1
) AS s
ON t.transaction_id = s.transaction_id AND t.transaction_date BETWEEN ${first_date} AND ${last_date}
WHEN MATCHED AND t.record_hash <> s.kept_hash
  THEN DELETE
WHEN MATCHED AND s.record_hash = t.record_hash AND (
    s.arrival_timestamp <> t.arrival_timestamp
    OR s.source_file <> t.source_file
    OR s.has_new_contender
    OR s.known_rows > 1)
  THEN UPDATE SET
    source_file = s.source_file,
    arrival_timestamp = s.arrival_timestamp,
    contenders = s.contenders,
    processing_timestamp = ${processing_timestamp},
    data_version = ${data_version}
WHEN MATCHED AND s.record_hash <> t.record_hash
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
    contenders = CASE
      WHEN t.transaction_timestamp < s.transaction_timestamp THEN s.contenders
      ELSE COALESCE(s.contenders, ARRAY[]) || ARRAY[ROW(
        t.session_id, t.user_id, t.amount, t.currency, s.kept_file, t.record_hash, s.kept_arrival)]
      END,
    processing_timestamp = ${processing_timestamp},
    data_version = ${data_version}
WHEN NOT MATCHED
  THEN INSERT (
    transaction_id, session_id, user_id, amount, currency, transaction_timestamp, transaction_date, source_file,
    record_hash, arrival_timestamp, processing_timestamp, data_version, contenders)
  VALUES (
    s.transaction_id, s.session_id, s.user_id, s.amount, s.currency, s.transaction_timestamp, s.transaction_date,
    s.source_file, s.record_hash, s.arrival_timestamp, ${processing_timestamp}, ${data_version}, s.contenders)
