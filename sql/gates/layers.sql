-- Silver against gold for the touched sessions: the same events in both, no session that ends before it starts. `purchases
-- without view or cart` and `sessions with several users` are reported, not judged.
-- Reads: ${state}.touched_sessions of the run; ${silver}.events and ${gold}.user_session_analysis over the dates they lie on.
WITH touched AS (
  SELECT DISTINCT session_id
  FROM ${state}.touched_sessions
  WHERE run_id = ${run_id}
),
silver AS (
  SELECT count(*) AS silver_events
  FROM ${silver}.events
  WHERE event_date BETWEEN ${first_date} AND ${last_date}
    AND session_id IN (SELECT session_id FROM touched)
),
gold AS (
  SELECT session_id, total_events, session_duration_seconds, event_types
  FROM ${gold}.user_session_analysis
  WHERE session_date BETWEEN ${first_date} AND ${last_date}
    AND session_id IN (SELECT session_id FROM touched)
),
sessions AS (
  SELECT session_id, count(*) AS user_count
  FROM gold
  GROUP BY session_id
),
shared_sessions AS (
  SELECT count_if(user_count > 1) AS sessions_with_several_users
  FROM sessions
),
gold_figures AS (
  SELECT
    COALESCE(sum(total_events), 0) AS gold_events,
    count(*) AS gold_rows,
    count_if(session_duration_seconds < 0) AS negative_durations,
    count_if(
      contains(event_types, 'purchase')
      AND NOT contains(event_types, 'view') AND NOT contains(event_types, 'page_view')
      AND NOT contains(event_types, 'cart') AND NOT contains(event_types, 'add_to_cart')) AS purchases_without_view_or_cart
  FROM gold
)
SELECT
  silver.silver_events,
  gold_figures.gold_events,
  gold_figures.gold_rows,
  gold_figures.negative_durations,
  gold_figures.purchases_without_view_or_cart,
  COALESCE(shared_sessions.sessions_with_several_users, 0) AS sessions_with_several_users
FROM silver
CROSS JOIN gold_figures
CROSS JOIN shared_sessions
