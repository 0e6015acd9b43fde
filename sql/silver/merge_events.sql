-- Grain: one row per event_id.
-- Reads:  ${bronze}.events, the run's objects, valid rows of the given event dates; ${silver}.events, the versions it holds.
-- Writes: ${silver}.events.
-- Twice:  the second time every version is already there, so nothing matches a clause and nothing is written.
--
-- A version is (event_timestamp, arrival_timestamp, record_hash) and the greatest wins. Copies of one record (same
-- record_hash) are one version that arrived when its earliest copy did. Since an earlier copy can come later, the records
-- that share the winner's event time stay with it as its contenders, and take part in every later choice.
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
  -- Without their content: the MERGE itself reads that, of the rows it rewrites. An array of the row itself and of its contenders, so that
  -- the table is read once: a WITH query is planned, and read, anew for every mention.
  known AS (
    SELECT
      event_id, event_timestamp, record_hash,
      COALESCE(contenders, ARRAY[]) || ARRAY[CAST(
        ROW(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, record_hash, arrival_timestamp)
        AS ROW(session_id varchar, user_id varchar, event_type varchar, product_id varchar, category_id varchar,
          category_code varchar, brand varchar, price decimal(10, 2), event_details varchar, source_system varchar,
          record_hash varchar, arrival_timestamp timestamp(6)))] AS records
    FROM ${silver}.events
    WHERE event_date BETWEEN ${first_date} AND ${last_date}
      AND event_id IN (SELECT event_id FROM source)
  ),
  copies AS (
    SELECT
      event_id, event_timestamp, record_hash, arrival_timestamp, true AS is_new, false AS is_standing, session_id, user_id, event_type,
      product_id, category_id, category_code, brand, price, event_details, source_system
    FROM source
    UNION ALL
    SELECT
      known.event_id, known.event_timestamp, c.record_hash, c.arrival_timestamp, false AS is_new, c.record_hash = known.record_hash AS is_standing,
      c.session_id, c.user_id, c.event_type, c.product_id, c.category_id, c.category_code, c.brand, c.price, c.event_details, c.source_system
    FROM known
    CROSS JOIN UNNEST(known.records) AS c(
      session_id, user_id, event_type, product_id, category_id, category_code, brand, price, event_details, source_system,
      record_hash, arrival_timestamp)
  ),
  numbered AS (
    SELECT
      copies.*,
      row_number() OVER (PARTITION BY event_id, event_timestamp, record_hash ORDER BY is_standing, arrival_timestamp) AS copy_number,
      min(arrival_timestamp) OVER (PARTITION BY event_id, event_timestamp, record_hash) AS first_arrival,
      min(CASE WHEN is_new THEN NULL ELSE arrival_timestamp END) OVER (PARTITION BY event_id, event_timestamp, record_hash) AS known_arrival,
      sum(CASE WHEN is_standing THEN 1 ELSE 0 END) OVER (PARTITION BY event_id, event_timestamp, record_hash) AS standing_rows
    FROM copies
  ),
  -- One row per version, with the content of its earliest copy that has one.
  ranked AS (
    SELECT
      numbered.*,
      row_number() OVER (PARTITION BY event_id ORDER BY event_timestamp DESC, first_arrival DESC, record_hash DESC) AS version_rank,
      max(event_timestamp) OVER (PARTITION BY event_id) AS newest,
      sum(standing_rows) OVER (PARTITION BY event_id) AS known_rows,
      row_number() OVER (
        PARTITION BY event_id
        ORDER BY CASE WHEN standing_rows > 0 THEN 0 ELSE 1 END, event_timestamp DESC, first_arrival DESC, record_hash DESC) AS standing_rank
    FROM numbered
    WHERE copy_number = 1
  ),
  -- The row that stands now is kept as a contender by the MERGE, which has its content.
  judged AS (
    SELECT
      ranked.*,
      version_rank = 1 AS is_winner,
      standing_rows > 0 AND standing_rank = 1 AS is_kept,
      version_rank > 1 AND event_timestamp = newest AND NOT is_standing AND NOT (standing_rows > 0 AND standing_rank = 1) AS is_contender
    FROM ranked
  )
  SELECT
    event_id,
    max(newest) AS event_timestamp,
    CAST(max(newest) AS date) AS event_date,
    max(CASE WHEN is_winner THEN session_id END) AS session_id,
    max(CASE WHEN is_winner THEN user_id END) AS user_id,
    max(CASE WHEN is_winner THEN event_type END) AS event_type,
    max(CASE WHEN is_winner THEN product_id END) AS product_id,
    max(CASE WHEN is_winner THEN category_id END) AS category_id,
    max(CASE WHEN is_winner THEN category_code END) AS category_code,
    max(CASE WHEN is_winner THEN brand END) AS brand,
    max(CASE WHEN is_winner THEN price END) AS price,
    max(CASE WHEN is_winner THEN event_details END) AS event_details,
    max(CASE WHEN is_winner THEN source_system END) AS source_system,
    max(CASE WHEN is_winner THEN record_hash END) AS record_hash,
    max(CASE WHEN is_winner THEN first_arrival END) AS arrival_timestamp,
    array_agg(
      CAST(
        ROW(session_id, user_id, event_type, product_id, category_id, category_code, brand, price, event_details, source_system,
          record_hash, first_arrival)
        AS ROW(session_id varchar, user_id varchar, event_type varchar, product_id varchar, category_id varchar,
          category_code varchar, brand varchar, price decimal(10, 2), event_details varchar, source_system varchar,
          record_hash varchar, arrival_timestamp timestamp(6)))
      ORDER BY first_arrival, record_hash) FILTER (WHERE is_contender) AS contenders,
    COALESCE(bool_or(is_contender AND (known_arrival IS NULL OR known_arrival > first_arrival)), false) AS has_new_contender,
    max(CASE WHEN is_kept THEN record_hash END) AS kept_hash,
    max(CASE WHEN is_kept THEN first_arrival END) AS kept_arrival,
    max(known_rows) AS known_rows
  FROM judged
  GROUP BY event_id
) AS s
ON t.event_id = s.event_id AND t.event_date BETWEEN ${first_date} AND ${last_date}
WHEN MATCHED AND t.record_hash <> s.kept_hash
  THEN DELETE
WHEN MATCHED AND s.record_hash = t.record_hash AND (s.arrival_timestamp <> t.arrival_timestamp OR s.has_new_contender OR s.known_rows > 1)
  THEN UPDATE SET
    arrival_timestamp = s.arrival_timestamp,
    is_late = s.arrival_timestamp > date_add('second', ${lateness_seconds}, s.event_timestamp),
    contenders = s.contenders,
    processing_timestamp = ${processing_timestamp},
    data_version = ${data_version}
WHEN MATCHED AND s.record_hash <> t.record_hash
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
    contenders = CASE
      WHEN t.event_timestamp < s.event_timestamp THEN s.contenders
      ELSE COALESCE(s.contenders, ARRAY[]) || ARRAY[ROW(
        t.session_id, t.user_id, t.event_type, t.product_id, t.category_id, t.category_code, t.brand, t.price, t.event_details,
        t.source_system, t.record_hash, s.kept_arrival)]
      END,
    processing_timestamp = ${processing_timestamp},
    data_version = ${data_version}
WHEN NOT MATCHED
  THEN INSERT (
    event_id, session_id, user_id, event_type, event_timestamp, event_date, product_id, category_id, category_code, brand,
    price, event_details, source_system, record_hash, arrival_timestamp, is_late, processing_timestamp, data_version, contenders)
  VALUES (
    s.event_id, s.session_id, s.user_id, s.event_type, s.event_timestamp, s.event_date, s.product_id, s.category_id,
    s.category_code, s.brand, s.price, s.event_details, s.source_system, s.record_hash, s.arrival_timestamp,
    s.arrival_timestamp > date_add('second', ${lateness_seconds}, s.event_timestamp),
    ${processing_timestamp}, ${data_version}, s.contenders)
