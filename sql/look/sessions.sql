-- The sessions that a failed run touched and in which silver and gold then disagreed, stood in gold more than once, or ended before
-- they started.
-- Reads: ${state}.touched_sessions of the run; silver.events and gold.user_session_analysis at the failed run's snapshots.
WITH touched AS (
  SELECT DISTINCT session_id, user_id
  FROM ${state}.touched_sessions
  WHERE run_id = ${run_id}
),
silver_sessions AS (
  SELECT e.session_id, e.user_id, count(*) AS silver_events
  FROM ${silver_version} AS e
  JOIN touched ON touched.session_id = e.session_id AND touched.user_id = e.user_id
  GROUP BY e.session_id, e.user_id
),
gold_sessions AS (
  SELECT
    g.session_id, g.user_id, sum(g.total_events) AS gold_events, count(*) AS gold_rows, min(g.session_duration_seconds) AS shortest_duration,
    bool_or(g.session_date < ${frozen_before} AND g.processing_timestamp <= ${frozen_since}) AS is_frozen
  FROM ${gold_version} AS g
  JOIN touched ON touched.session_id = g.session_id AND touched.user_id = g.user_id
  GROUP BY g.session_id, g.user_id
)
SELECT touched.session_id, touched.user_id, silver_sessions.silver_events, gold_sessions.gold_events, gold_sessions.gold_rows, gold_sessions.shortest_duration
FROM touched
LEFT JOIN silver_sessions ON silver_sessions.session_id = touched.session_id AND silver_sessions.user_id = touched.user_id
LEFT JOIN gold_sessions ON gold_sessions.session_id = touched.session_id AND gold_sessions.user_id = touched.user_id
WHERE silver_sessions.silver_events IS DISTINCT FROM gold_sessions.gold_events AND NOT COALESCE(gold_sessions.is_frozen, false)
  OR gold_sessions.gold_rows > 1
  OR gold_sessions.shortest_duration < 0
LIMIT 100
