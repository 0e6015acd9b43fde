-- Grain: (session_id, user_id, cause, touched_date) of a session that has changed since the last commit (a statement of an interrupted run,
--         stopped too late, may have done so); in a backfill, whose ${written_since} is the beginning, of every session of the given dates.
-- Reads:  what was written since the last commit into ${silver}.events, .transactions and .users; the same keys as they were before the run (an
--         event or a transaction may have moved to another session); gold's keys of the users that changed.
-- Writes: ${state}.touched_sessions, partition run_id.
-- Twice:  each try writes into a folder of its own; whoever reads the partition takes each session once.
UNLOAD (
  WITH written_events AS (
    SELECT event_id, session_id, user_id, event_date
    FROM ${silver}.events
    WHERE event_date IN (${event_dates})
      AND processing_timestamp >= ${written_since}
  ),
  base_events AS (
    SELECT base.session_id, base.user_id, base.event_date
    FROM ${events_base} AS base
    WHERE base.event_date BETWEEN ${first_event_date} AND ${last_event_date}
      AND base.event_id IN (SELECT event_id FROM written_events)
  ),
  written_transactions AS (
    SELECT transaction_id, session_id, user_id, transaction_date
    FROM ${silver}.transactions
    WHERE transaction_date IN (${transaction_dates})
      AND processing_timestamp >= ${written_since}
  ),
  base_transactions AS (
    SELECT base.session_id, base.user_id, base.transaction_date
    FROM ${transactions_base} AS base
    WHERE base.transaction_date BETWEEN ${first_transaction_date} AND ${last_transaction_date}
      AND base.transaction_id IN (SELECT transaction_id FROM written_transactions)
  ),
  written_users AS (
    SELECT user_id, valid_from, valid_to, signup_date, device_type, country
    FROM ${silver}.users
    WHERE processing_timestamp >= ${users_written_since}
  ),
  changed_users AS (
    SELECT written.user_id, written.valid_from, written.valid_to
    FROM written_users AS written
    LEFT JOIN ${users_base} AS base ON base.user_id = written.user_id AND base.valid_from = written.valid_from
    WHERE base.user_id IS NULL
      OR base.signup_date IS DISTINCT FROM written.signup_date
      OR base.device_type IS DISTINCT FROM written.device_type
      OR base.country IS DISTINCT FROM written.country
  ),
  first_versions AS (
    SELECT user_id, min(valid_from) AS valid_from
    FROM ${silver}.users
    WHERE user_id IN (SELECT user_id FROM changed_users)
    GROUP BY user_id
  ),
  user_spans AS (
    SELECT
      changed_users.user_id,
      CASE WHEN changed_users.valid_from = first_versions.valid_from THEN NULL ELSE changed_users.valid_from END AS valid_from,
      changed_users.valid_to
    FROM changed_users
    JOIN first_versions ON first_versions.user_id = changed_users.user_id
  ),
  user_sessions AS (
    SELECT g.session_id, g.user_id, g.session_date
    FROM ${gold}.user_session_analysis AS g
    JOIN user_spans AS u ON u.user_id = g.user_id
    WHERE g.session_date BETWEEN ${first_user_date} AND ${last_user_date}
      AND (g.session_date >= ${frozen_before} OR g.processing_timestamp > ${frozen_since})
      AND (u.valid_from IS NULL OR g.session_start_time >= u.valid_from)
      AND (u.valid_to IS NULL OR g.session_start_time < u.valid_to)
  ),
  touched AS (
    SELECT session_id, user_id, 'event' AS cause, event_date AS touched_date FROM written_events
    UNION ALL
    SELECT session_id, user_id, 'event' AS cause, event_date AS touched_date FROM base_events
    UNION ALL
    SELECT session_id, user_id, 'transaction' AS cause, transaction_date AS touched_date FROM written_transactions
    UNION ALL
    SELECT session_id, user_id, 'transaction' AS cause, transaction_date AS touched_date FROM base_transactions
    UNION ALL
    SELECT session_id, user_id, 'user' AS cause, session_date AS touched_date FROM user_sessions
    UNION ALL
    SELECT session_id, user_id, 'session' AS cause, session_date AS touched_date FROM ${gold}.user_session_analysis WHERE session_date IN (${gold_dates})
  )
  SELECT DISTINCT session_id, user_id, cause, CAST(touched_date AS varchar) AS touched_date
  FROM touched
)
TO 's3://${lake_bucket}/state/touched/run_id=${run_folder}/try-${attempt}/'
WITH (format = 'PARQUET')
