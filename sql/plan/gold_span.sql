-- The span of the touched sessions as gold knows them.
-- Reads: ${gold}.user_session_analysis between the given dates, key columns.
SELECT
  CAST(CAST(min(g.session_start_time) AS date) AS varchar) AS first_date,
  CAST(CAST(max(g.session_end_time) AS date) AS varchar) AS last_date
FROM ${gold}.user_session_analysis AS g
WHERE g.session_date BETWEEN ${first_date} AND ${last_date}
  AND g.session_id IN (SELECT session_id FROM ${state}.touched_sessions WHERE run_id = ${run_id})
