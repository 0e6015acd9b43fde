-- Grain: (session_id, user_id, cause, touched_date) of a session that gold does not show as silver has it.
-- Reads:  what this run settled in ${silver}.events and .transactions, and the rows of the same keys before it; key and time
--         columns of all of ${silver}.events and ${gold}.user_session_analysis.
--         A session with a row that retention has frozen is as it should be, but for rows beside that one, which go.
-- Writes: ${state}.touched_sessions, partition run_id.
-- Twice:  each try writes into a folder of its own; whoever reads the partition takes each session once.
UNLOAD (
  WITH settled_events AS (
    SELECT event_id
    FROM ${silver}.events
    WHERE event_date IN (${event_dates})
      AND processing_timestamp = ${processing_timestamp}
  ),
  settled_transactions AS (
    SELECT transaction_id
    FROM ${silver}.transactions
    WHERE transaction_date IN (${transaction_dates})
      AND processing_timestamp = ${processing_timestamp}
  ),
  silver_sessions AS (
    SELECT session_id, user_id, count(*) AS event_count, min(event_timestamp) AS first_time, max(event_timestamp) AS last_time
    FROM ${silver}.events
    GROUP BY session_id, user_id
  ),
  gold_sessions AS (
    SELECT
      session_id, user_id, count(*) AS row_count, sum(total_events) AS event_count,
      count_if(session_date < ${frozen_before} AND processing_timestamp <= ${frozen_since}) AS frozen_rows,
      min(session_start_time) AS first_time, max(session_end_time) AS last_time
    FROM ${gold}.user_session_analysis
    GROUP BY session_id, user_id
  ),
  unsettled AS (
    SELECT
      COALESCE(s.session_id, g.session_id) AS session_id,
      COALESCE(s.user_id, g.user_id) AS user_id,
      LEAST(COALESCE(s.first_time, g.first_time), COALESCE(g.first_time, s.first_time)) AS first_time,
      GREATEST(COALESCE(s.last_time, g.last_time), COALESCE(g.last_time, s.last_time)) AS last_time
    FROM silver_sessions AS s
    FULL JOIN gold_sessions AS g ON g.session_id = s.session_id AND g.user_id = s.user_id
    WHERE g.session_id IS NULL
      OR g.frozen_rows > 0 AND g.row_count > g.frozen_rows
      OR g.frozen_rows = 0 AND (
        s.session_id IS NULL
        OR g.row_count > 1
        OR g.event_count <> s.event_count
        OR g.first_time <> s.first_time
        OR g.last_time <> s.last_time)
  ),
  touched AS (
    SELECT session_id, user_id, 'event' AS cause, event_date AS touched_date
    FROM ${events_base} AS base
    WHERE base.event_date IN (${event_dates}) AND base.event_id IN (SELECT event_id FROM settled_events)
    UNION ALL
    SELECT session_id, user_id, 'transaction' AS cause, transaction_date AS touched_date
    FROM ${transactions_base} AS base
    WHERE base.transaction_date IN (${transaction_dates}) AND base.transaction_id IN (SELECT transaction_id FROM settled_transactions)
    UNION ALL
    SELECT session_id, user_id, 'session' AS cause, CAST(first_time AS date) AS touched_date FROM unsettled
    UNION ALL
    SELECT session_id, user_id, 'session' AS cause, CAST(last_time AS date) AS touched_date FROM unsettled
  )
  SELECT DISTINCT session_id, user_id, cause, CAST(touched_date AS varchar) AS touched_date
  FROM touched
)
TO 's3://${lake_bucket}/state/touched/run_id=${run_folder}/try-${attempt}/'
WITH (format = 'PARQUET')
