-- The span of the touched sessions as gold knows them.
-- Reads: ${gold}.user_session_analysis between the given dates, key columns.
WITH touched AS (
  SELECT DISTINCT session_id, user_id
  FROM ${state}.touched_sessions
  WHERE run_id = ${run_id}
)
SELECT
  CAST(CAST(min(g.session_start_time) AS date) AS varchar) AS first_date,
  CAST(CAST(max(g.session_end_time) AS date) AS varchar) AS last_date
FROM ${gold}.user_session_analysis AS g
JOIN touched ON touched.session_id = g.session_id AND touched.user_id = g.user_id
WHERE g.session_date BETWEEN ${first_date} AND ${last_date}
