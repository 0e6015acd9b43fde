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
  -- The row itself without its content, and its contenders: see silver/merge_events.sql.
  known AS (
    SELECT
      transaction_id, transaction_timestamp, record_hash,
      COALESCE(contenders, ARRAY[]) || ARRAY[CAST(
        ROW(NULL, NULL, NULL, NULL, source_file, record_hash, arrival_timestamp)
        AS ROW(session_id varchar, user_id varchar, amount decimal(10, 2), currency varchar, source_file varchar,
          record_hash varchar, arrival_timestamp timestamp(6)))] AS records
    FROM ${silver}.transactions
    WHERE transaction_date BETWEEN ${first_date} AND ${last_date}
      AND transaction_id IN (SELECT transaction_id FROM source)
  ),
  copies AS (
    SELECT
      transaction_id, transaction_timestamp, record_hash, arrival_timestamp, source_file, true AS is_new, false AS is_standing, session_id,
      user_id, amount, currency
    FROM source
    UNION ALL
    SELECT
      known.transaction_id, known.transaction_timestamp, c.record_hash, c.arrival_timestamp, c.source_file, false AS is_new,
      c.record_hash = known.record_hash AS is_standing, c.session_id, c.user_id, c.amount, c.currency
    FROM known
    CROSS JOIN UNNEST(known.records) AS c(session_id, user_id, amount, currency, source_file, record_hash, arrival_timestamp)
  ),
  numbered AS (
    SELECT
      copies.*,
      row_number() OVER (PARTITION BY transaction_id, transaction_timestamp, record_hash ORDER BY is_standing, arrival_timestamp) AS copy_number,
      min(arrival_timestamp) OVER (PARTITION BY transaction_id, transaction_timestamp, record_hash) AS first_arrival,
      first_value(source_file) OVER (
        PARTITION BY transaction_id, transaction_timestamp, record_hash ORDER BY arrival_timestamp, source_file, is_new) AS first_file,
      first_value(is_new) OVER (
        PARTITION BY transaction_id, transaction_timestamp, record_hash ORDER BY arrival_timestamp, source_file, is_new) AS first_is_new,
      sum(CASE WHEN is_standing THEN 1 ELSE 0 END) OVER (PARTITION BY transaction_id, transaction_timestamp, record_hash) AS standing_rows
    FROM copies
  ),
  -- One row per version, with the content of its earliest copy that has one.
  ranked AS (
    SELECT
      numbered.*,
      row_number() OVER (
        PARTITION BY transaction_id ORDER BY transaction_timestamp DESC, first_arrival DESC, record_hash DESC) AS version_rank,
      max(transaction_timestamp) OVER (PARTITION BY transaction_id) AS newest,
      sum(standing_rows) OVER (PARTITION BY transaction_id) AS known_rows,
      row_number() OVER (
        PARTITION BY transaction_id
        ORDER BY CASE WHEN standing_rows > 0 THEN 0 ELSE 1 END, transaction_timestamp DESC, first_arrival DESC, record_hash DESC) AS standing_rank
    FROM numbered
    WHERE copy_number = 1
  ),
  -- The row that stands now is kept as a contender by the MERGE, which has its content.
  judged AS (
    SELECT
      ranked.*,
      version_rank = 1 AS is_winner,
      standing_rows > 0 AND standing_rank = 1 AS is_kept,
      version_rank > 1 AND transaction_timestamp = newest AND NOT is_standing AND NOT (standing_rows > 0 AND standing_rank = 1) AS is_contender
    FROM ranked
  )
  SELECT
    transaction_id,
    max(newest) AS transaction_timestamp,
    CAST(max(newest) AS date) AS transaction_date,
    max(CASE WHEN is_winner THEN session_id END) AS session_id,
    max(CASE WHEN is_winner THEN user_id END) AS user_id,
    max(CASE WHEN is_winner THEN amount END) AS amount,
    max(CASE WHEN is_winner THEN currency END) AS currency,
    max(CASE WHEN is_winner THEN first_file END) AS source_file,
    max(CASE WHEN is_winner THEN record_hash END) AS record_hash,
    max(CASE WHEN is_winner THEN first_arrival END) AS arrival_timestamp,
    array_agg(
      CAST(
        ROW(session_id, user_id, amount, currency, first_file, record_hash, first_arrival)
        AS ROW(session_id varchar, user_id varchar, amount decimal(10, 2), currency varchar, source_file varchar,
          record_hash varchar, arrival_timestamp timestamp(6)))
      ORDER BY first_arrival, record_hash) FILTER (WHERE is_contender) AS contenders,
    COALESCE(bool_or(is_contender AND first_is_new), false) AS has_new_contender,
    max(CASE WHEN is_kept THEN record_hash END) AS kept_hash,
    max(CASE WHEN is_kept THEN first_arrival END) AS kept_arrival,
    max(CASE WHEN is_kept THEN first_file END) AS kept_file,
    max(known_rows) AS known_rows
  FROM judged
  GROUP BY transaction_id
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
