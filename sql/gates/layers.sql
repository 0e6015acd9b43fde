-- Silver against gold for the touched sessions: the same events in both, each session once, none that ends before it starts. `purchases
-- without view or cart` and `sessions with several users` are reported, not judged.
-- Reads: ${state}.touched_sessions of the run; ${silver}.events and ${gold}.user_session_analysis over the dates they lie on.
WITH touched AS (
  SELECT DISTINCT session_id, user_id
  FROM ${state}.touched_sessions
  WHERE run_id = ${run_id}
),
silver_figures AS (
  SELECT count(*) AS silver_events
  FROM ${silver}.events AS e
  JOIN touched ON touched.session_id = e.session_id AND touched.user_id = e.user_id
  WHERE e.event_date BETWEEN ${first_date} AND ${last_date}
),
gold_rows AS (
  SELECT g.session_id, g.user_id, g.total_events, g.session_duration_seconds, g.event_types
  FROM ${gold}.user_session_analysis AS g
  JOIN touched ON touched.session_id = g.session_id AND touched.user_id = g.user_id
  WHERE g.session_date BETWEEN ${first_date} AND ${last_date}
),
sessions AS (
  SELECT session_id, count(DISTINCT user_id) AS user_count, count(*) - count(DISTINCT user_id) AS repeated_rows
  FROM gold_rows
  GROUP BY session_id
),
shared_sessions AS (
  SELECT count_if(user_count > 1) AS sessions_with_several_users, COALESCE(sum(repeated_rows), 0) AS repeated_sessions
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
  FROM gold_rows
)
SELECT
  silver_figures.silver_events,
  gold_figures.gold_events,
  gold_figures.gold_rows,
  shared_sessions.repeated_sessions,
  gold_figures.negative_durations,
  gold_figures.purchases_without_view_or_cart,
  shared_sessions.sessions_with_several_users
FROM silver_figures
CROSS JOIN gold_figures
CROSS JOIN shared_sessions
