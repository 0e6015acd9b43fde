-- Silver against gold for the touched sessions: the same events in both, each session once, none that ends before it starts. A null
-- counts as broken. Rows that retention has frozen keep events that silver has no more. `purchases without view or cart` and
-- `sessions with several users` are reported, not judged.
-- Reads: ${state}.touched_sessions of the run; ${silver}.events and ${gold}.user_session_analysis over the dates they lie on.
WITH touched AS (
  SELECT DISTINCT session_id, user_id
  FROM ${state}.touched_sessions
  WHERE run_id = ${run_id}
),
silver_sessions AS (
  SELECT e.session_id, e.user_id, count(*) AS event_count
  FROM ${silver}.events AS e
  JOIN touched ON touched.session_id = e.session_id AND touched.user_id = e.user_id
  WHERE e.event_date BETWEEN ${first_date} AND ${last_date}
  GROUP BY e.session_id, e.user_id
),
gold_sessions AS (
  SELECT
    g.session_id, g.user_id,
    count(*) AS row_count,
    sum(COALESCE(g.total_events, -1)) AS event_count,
    bool_or(g.session_date < ${frozen_before} AND g.processing_timestamp <= ${frozen_since}) AS is_frozen,
    count_if(COALESCE(g.session_duration_seconds, -1) < 0) AS negative_durations,
    count_if(
      contains(g.event_types, 'purchase')
      AND NOT contains(g.event_types, 'view') AND NOT contains(g.event_types, 'page_view')
      AND NOT contains(g.event_types, 'cart') AND NOT contains(g.event_types, 'add_to_cart')) AS purchases_without_view_or_cart
  FROM ${gold}.user_session_analysis AS g
  JOIN touched ON touched.session_id = g.session_id AND touched.user_id = g.user_id
  WHERE g.session_date BETWEEN ${first_date} AND ${last_date}
  GROUP BY g.session_id, g.user_id
),
shared_sessions AS (
  SELECT session_id
  FROM gold_sessions
  GROUP BY session_id
  HAVING count(*) > 1
)
SELECT
  COALESCE(sum(s.event_count), 0) AS silver_events,
  COALESCE(sum(g.event_count), 0) AS gold_events,
  COALESCE(sum(g.row_count), 0) AS gold_rows,
  count_if(COALESCE(s.event_count, 0) <> COALESCE(g.event_count, 0) AND NOT COALESCE(g.is_frozen, false)) AS differing_sessions,
  count_if(g.row_count > 1) AS repeated_sessions,
  count_if(g.negative_durations > 0) AS negative_durations,
  COALESCE(sum(g.purchases_without_view_or_cart), 0) AS purchases_without_view_or_cart,
  (SELECT count(*) FROM shared_sessions) AS sessions_with_several_users
FROM touched
LEFT JOIN silver_sessions AS s ON s.session_id = touched.session_id AND s.user_id = touched.user_id
LEFT JOIN gold_sessions AS g ON g.session_id = touched.session_id AND g.user_id = touched.user_id
