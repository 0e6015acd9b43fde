-- Grain: one row per (session_id, user_id), for the touched sessions whose row lies on one of the given dates.
-- Reads:  ${state}.touched_sessions of the run; ${silver}.events and .transactions over the dates those sessions lie on;
--         ${silver}.users; ${gold}.user_session_analysis, to find rows whose events are gone.
-- Writes: ${gold}.user_session_analysis.
-- Twice:  sessions are computed whole from silver, and only rows whose content differs are written.
--
-- Rows that start before the floor of retention + the horizon are frozen, but for those written since the floor was set: silver may no
-- longer hold all that they were computed from.
MERGE INTO ${gold}.user_session_analysis AS t
USING (
  WITH touched AS (
    SELECT DISTINCT session_id, user_id
    FROM ${state}.touched_sessions
    WHERE run_id = ${run_id}
  ),
  events AS (
    SELECT e.session_id, e.user_id, e.event_id, e.event_type, e.event_timestamp, e.is_late, e.source_system
    FROM ${silver}.events AS e
    JOIN touched ON touched.session_id = e.session_id AND touched.user_id = e.user_id
    WHERE e.event_date IN (${event_dates})
  ),
  numbered AS (
    SELECT
      events.*,
      row_number() OVER (PARTITION BY session_id, user_id ORDER BY event_timestamp, event_id) AS event_number,
      count(*) OVER (PARTITION BY session_id, user_id, event_type) AS type_count
    FROM events
  ),
  sessions AS (
    SELECT
      session_id,
      user_id,
      min(event_timestamp) AS session_start_time,
      max(event_timestamp) AS session_end_time,
      CAST(count(*) AS integer) AS total_events,
      array_agg(event_type ORDER BY event_number) AS event_types,
      min_by(event_type, event_number) AS first_event_type,
      max_by(event_type, event_number) AS last_event_type,
      -- most frequent type; of equals the one seen first: a session has far fewer than a billion events
      max_by(event_type, type_count * 1000000000 - event_number) AS primary_event_type,
      CAST(count_if(is_late) AS integer) AS late_event_count,
      CASE WHEN min(source_system) = max(source_system) THEN min(source_system) ELSE 'mixed' END AS source_system
    FROM numbered
    GROUP BY session_id, user_id
  ),
  -- Athena's date_diff cuts both times to milliseconds first: it counts between whole seconds here, and the last one only
  -- where it is complete.
  due AS (
    SELECT
      sessions.*,
      date_diff('second', date_trunc('second', session_start_time), date_trunc('second', session_end_time)) AS clock_seconds
    FROM sessions
    WHERE CAST(session_start_time AS date) IN (${session_dates})
  ),
  -- a transaction farther than the horizon from every event of its session is an orphan
  session_transactions AS (
    SELECT DISTINCT x.session_id, x.user_id, x.transaction_id, x.amount, x.currency, x.transaction_timestamp
    FROM ${silver}.transactions AS x
    JOIN events AS e ON e.session_id = x.session_id AND e.user_id = x.user_id
    WHERE x.transaction_date BETWEEN ${first_date} AND ${last_date}
      AND x.transaction_timestamp >= date_add('day', -${horizon_days}, e.event_timestamp)
      AND x.transaction_timestamp <= date_add('day', ${horizon_days}, e.event_timestamp)
  ),
  purchases AS (
    SELECT
      session_transactions.*,
      row_number() OVER (PARTITION BY session_id, user_id ORDER BY transaction_timestamp, transaction_id) AS transaction_number,
      CAST(count(*) OVER (PARTITION BY session_id, user_id) AS integer) AS transaction_count
    FROM session_transactions
  ),
  -- The first version holds before it began, too. Open ends are written out: a join by bare comparisons is a hash join, one with
  -- OR compares every session with every version.
  user_versions AS (
    SELECT
      user_id, signup_date, device_type, country,
      CASE WHEN row_number() OVER (PARTITION BY user_id ORDER BY valid_from) = 1 THEN TIMESTAMP '0001-01-01 00:00:00' ELSE valid_from END AS from_time,
      COALESCE(valid_to, TIMESTAMP '9999-12-31 23:59:59.999999') AS to_time
    FROM ${silver}.users
    WHERE user_id IN (SELECT user_id FROM touched)
  ),
  described AS (
    SELECT
      due.*,
      CAST(u.signup_date AS date) AS signup_date,
      u.device_type,
      u.country,
      p.transaction_id,
      p.amount AS transaction_amount,
      p.currency AS transaction_currency,
      p.transaction_timestamp,
      COALESCE(p.transaction_count, 0) AS transaction_count,
      date_diff('second', date_trunc('second', due.session_start_time), date_trunc('second', p.transaction_timestamp)) AS purchase_seconds
    FROM due
    LEFT JOIN user_versions AS u
      ON u.user_id = due.user_id
      AND u.from_time <= due.session_start_time
      AND due.session_start_time < u.to_time
    LEFT JOIN purchases AS p ON p.session_id = due.session_id AND p.user_id = due.user_id AND p.transaction_number = 1
  ),
  computed AS (
    SELECT
      user_id,
      session_id,
      signup_date,
      device_type,
      country,
      session_start_time,
      session_end_time,
      CAST(
        CASE WHEN date_add('second', clock_seconds, session_start_time) > session_end_time THEN clock_seconds - 1 ELSE clock_seconds END
        AS integer) AS session_duration_seconds,
      CAST(session_start_time AS date) AS session_date,
      total_events,
      CAST(event_types AS array(varchar)) AS event_types,
      first_event_type,
      last_event_type,
      primary_event_type,
      transaction_id,
      transaction_amount,
      transaction_currency,
      transaction_timestamp,
      transaction_count,
      transaction_id IS NOT NULL AS has_transaction,
      CASE
        WHEN transaction_timestamp < session_start_time THEN NULL
        WHEN date_add('second', purchase_seconds, session_start_time) > transaction_timestamp THEN CAST(purchase_seconds - 1 AS integer)
        ELSE CAST(purchase_seconds AS integer)
        END AS time_to_purchase_seconds,
      late_event_count,
      source_system
    FROM described
  ),
  -- The date of the row that gold has of a session. There are more, on later dates, where parts of it that lie farther apart
  -- than the horizon came in different runs: the first is written, the others go.
  known AS (
    SELECT g.session_id, g.user_id, min(g.session_date) AS kept_date
    FROM ${gold}.user_session_analysis AS g
    JOIN touched ON touched.session_id = g.session_id AND touched.user_id = g.user_id
    WHERE g.session_date BETWEEN ${first_date} AND ${last_date}
    GROUP BY g.session_id, g.user_id
  ),
  gone AS (
    SELECT known.session_id, known.user_id, known.kept_date
    FROM known
    LEFT JOIN sessions ON sessions.session_id = known.session_id AND sessions.user_id = known.user_id
    WHERE known.kept_date IN (${session_dates})
      AND sessions.session_id IS NULL
  )
  SELECT computed.*, known.kept_date, false AS is_gone
  FROM computed
  LEFT JOIN known ON known.session_id = computed.session_id AND known.user_id = computed.user_id
  UNION ALL
  SELECT
    user_id, session_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, kept_date, true AS is_gone
  FROM gone
) AS s
ON t.session_id = s.session_id AND t.user_id = s.user_id AND t.session_date BETWEEN ${first_date} AND ${last_date}
WHEN MATCHED AND (t.session_date >= ${frozen_before} OR t.processing_timestamp > ${frozen_since}) AND (s.is_gone OR t.session_date <> s.kept_date)
  THEN DELETE
WHEN MATCHED AND (t.session_date >= ${frozen_before} OR t.processing_timestamp > ${frozen_since}) AND (
    s.signup_date IS DISTINCT FROM t.signup_date
    OR s.device_type IS DISTINCT FROM t.device_type
    OR s.country IS DISTINCT FROM t.country
    OR s.session_start_time IS DISTINCT FROM t.session_start_time
    OR s.session_end_time IS DISTINCT FROM t.session_end_time
    OR s.session_duration_seconds IS DISTINCT FROM t.session_duration_seconds
    OR s.total_events IS DISTINCT FROM t.total_events
    OR s.event_types IS DISTINCT FROM t.event_types
    OR s.first_event_type IS DISTINCT FROM t.first_event_type
    OR s.last_event_type IS DISTINCT FROM t.last_event_type
    OR s.primary_event_type IS DISTINCT FROM t.primary_event_type
    OR s.transaction_id IS DISTINCT FROM t.transaction_id
    OR s.transaction_amount IS DISTINCT FROM t.transaction_amount
    OR s.transaction_currency IS DISTINCT FROM t.transaction_currency
    OR s.transaction_timestamp IS DISTINCT FROM t.transaction_timestamp
    OR s.transaction_count IS DISTINCT FROM t.transaction_count
    OR s.has_transaction IS DISTINCT FROM t.has_transaction
    OR s.time_to_purchase_seconds IS DISTINCT FROM t.time_to_purchase_seconds
    OR s.late_event_count IS DISTINCT FROM t.late_event_count
    OR s.source_system IS DISTINCT FROM t.source_system
    OR t.data_version IS DISTINCT FROM ${data_version})
  THEN UPDATE SET
    signup_date = s.signup_date,
    device_type = s.device_type,
    country = s.country,
    session_start_time = s.session_start_time,
    session_end_time = s.session_end_time,
    session_duration_seconds = s.session_duration_seconds,
    session_date = s.session_date,
    total_events = s.total_events,
    event_types = s.event_types,
    first_event_type = s.first_event_type,
    last_event_type = s.last_event_type,
    primary_event_type = s.primary_event_type,
    transaction_id = s.transaction_id,
    transaction_amount = s.transaction_amount,
    transaction_currency = s.transaction_currency,
    transaction_timestamp = s.transaction_timestamp,
    transaction_count = s.transaction_count,
    has_transaction = s.has_transaction,
    time_to_purchase_seconds = s.time_to_purchase_seconds,
    late_event_count = s.late_event_count,
    source_system = s.source_system,
    processing_timestamp = ${processing_timestamp},
    data_version = ${data_version}
WHEN NOT MATCHED AND NOT s.is_gone
  THEN INSERT (
    user_id, session_id, signup_date, device_type, country, session_start_time, session_end_time, session_duration_seconds,
    session_date, total_events, event_types, first_event_type, last_event_type, primary_event_type, transaction_id,
    transaction_amount, transaction_currency, transaction_timestamp, transaction_count, has_transaction,
    time_to_purchase_seconds, late_event_count, processing_timestamp, data_version, source_system)
  VALUES (
    s.user_id, s.session_id, s.signup_date, s.device_type, s.country, s.session_start_time, s.session_end_time,
    s.session_duration_seconds, s.session_date, s.total_events, s.event_types, s.first_event_type, s.last_event_type,
    s.primary_event_type, s.transaction_id, s.transaction_amount, s.transaction_currency, s.transaction_timestamp,
    s.transaction_count, s.has_transaction, s.time_to_purchase_seconds, s.late_event_count, ${processing_timestamp},
    ${data_version}, s.source_system)
