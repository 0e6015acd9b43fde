-- How many sessions does each country have, and which share of them buys?
SELECT
  COALESCE(country, 'unknown') AS country,
  count(*) AS sessions,
  count(DISTINCT user_id) AS users,
  count_if(has_transaction) AS sessions_with_transaction,
  round(100.0 * count_if(has_transaction) / count(*), 2) AS conversion_percent,
  round(avg(session_duration_seconds), 0) AS average_seconds,
  round(avg(total_events), 1) AS average_events
FROM ${gold}.user_session_analysis
GROUP BY 1
ORDER BY sessions DESC, country
