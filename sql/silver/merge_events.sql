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
  -- Without their content: the MERGE itself reads that, of the rows it rewrites.
  known AS (
    SELECT event_id, event_timestamp, record_hash, arrival_timestamp, contenders
    FROM ${silver}.events
    WHERE event_date BETWEEN ${first_date} AND ${last_date}
      AND event_id IN (SELECT event_id FROM source)
  ),
  known_contenders AS (
    SELECT
      known.event_id, c.session_id, c.user_id, c.event_type, known.event_timestamp, c.product_id, c.category_id, c.category_code,
      c.brand, c.price, c.event_details, c.source_system, c.record_hash, c.arrival_timestamp
    FROM known
    CROSS JOIN UNNEST(known.contenders) AS c(
      session_id, user_id, event_type, product_id, category_id, category_code, brand, price, event_details, source_system,
      record_hash, arrival_timestamp)
  ),
  every_copy AS (
    SELECT event_id, event_timestamp, record_hash, arrival_timestamp, true AS is_new FROM source
    UNION ALL
    SELECT event_id, event_timestamp, record_hash, arrival_timestamp, false AS is_new FROM known
    UNION ALL
    SELECT event_id, event_timestamp, record_hash, arrival_timestamp, false AS is_new FROM known_contenders
  ),
  versions AS (
    SELECT
      event_id, event_timestamp, record_hash,
      min(arrival_timestamp) AS arrival_timestamp,
      min(CASE WHEN is_new THEN NULL ELSE arrival_timestamp END) AS known_arrival
    FROM every_copy
    GROUP BY event_id, event_timestamp, record_hash
  ),
  ranked AS (
    SELECT
      versions.*,
      row_number() OVER (PARTITION BY event_id ORDER BY event_timestamp DESC, arrival_timestamp DESC, record_hash DESC) AS version_rank,
      max(event_timestamp) OVER (PARTITION BY event_id) AS newest
    FROM versions
  ),
  standing AS (
    SELECT event_id, max_by(record_hash, event_timestamp) AS kept_hash, count(*) AS known_rows
    FROM known
    GROUP BY event_id
  ),
  kept AS (
    SELECT standing.event_id, standing.kept_hash, standing.known_rows, versions.arrival_timestamp AS kept_arrival
    FROM standing
    JOIN versions ON versions.event_id = standing.event_id AND versions.record_hash = standing.kept_hash
  ),
  every_record AS (
    SELECT * FROM source
    UNION ALL
    SELECT * FROM known_contenders
  ),
  records AS (
    SELECT every_record.*, row_number() OVER (PARTITION BY event_id, record_hash ORDER BY arrival_timestamp) AS copy_number
    FROM every_record
  ),
  -- The row that stands now is added by the MERGE, which has its content.
  losers AS (
    SELECT
      ranked.event_id,
      array_agg(
        CAST(
          ROW(r.session_id, r.user_id, r.event_type, r.product_id, r.category_id, r.category_code, r.brand, r.price,
            r.event_details, r.source_system, r.record_hash, ranked.arrival_timestamp)
          AS ROW(session_id varchar, user_id varchar, event_type varchar, product_id varchar, category_id varchar,
            category_code varchar, brand varchar, price decimal(10, 2), event_details varchar, source_system varchar,
            record_hash varchar, arrival_timestamp timestamp(6)))
        ORDER BY ranked.arrival_timestamp, ranked.record_hash) AS contenders,
      bool_or(ranked.known_arrival IS NULL OR ranked.known_arrival > ranked.arrival_timestamp) AS has_news
    FROM ranked
    JOIN records AS r ON r.event_id = ranked.event_id AND r.record_hash = ranked.record_hash AND r.copy_number = 1
    LEFT JOIN kept ON kept.event_id = ranked.event_id
    WHERE ranked.version_rank > 1
      AND ranked.event_timestamp = ranked.newest
      AND ranked.record_hash IS DISTINCT FROM kept.kept_hash
    GROUP BY ranked.event_id
  )
  SELECT
    ranked.event_id, r.session_id, r.user_id, r.event_type, ranked.event_timestamp,
    CAST(ranked.event_timestamp AS date) AS event_date,
    r.product_id, r.category_id, r.category_code, r.brand, r.price, r.event_details, r.source_system,
    ranked.record_hash, ranked.arrival_timestamp,
    losers.contenders,
    COALESCE(losers.has_news, false) AS has_new_contender,
    kept.kept_hash,
    kept.kept_arrival,
    COALESCE(kept.known_rows, 0) AS known_rows
  FROM ranked
  LEFT JOIN records AS r ON r.event_id = ranked.event_id AND r.record_hash = ranked.record_hash AND r.copy_number = 1
  LEFT JOIN losers ON losers.event_id = ranked.event_id
  LEFT JOIN kept ON kept.event_id = ranked.event_id
  WHERE ranked.version_rank = 1
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
