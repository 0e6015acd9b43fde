-- Where the touched sessions lie: `event`, the dates of their events; `session`, the dates their gold rows will have, or have
-- where nothing of the session is left.
-- Reads: ${silver}.events and ${gold}.user_session_analysis between the given dates, key columns.
WITH touched AS (
  SELECT DISTINCT session_id, user_id
  FROM ${state}.touched_sessions
  WHERE run_id = ${run_id}
),
events AS (
  SELECT e.session_id, e.user_id, e.event_date
  FROM ${silver}.events AS e
  JOIN touched ON touched.session_id = e.session_id AND touched.user_id = e.user_id
  WHERE e.event_date BETWEEN ${first_date} AND ${last_date}
),
sessions AS (
  SELECT session_id, user_id, min(event_date) AS session_date
  FROM events
  GROUP BY session_id, user_id
),
known AS (
  SELECT g.session_date
  FROM ${gold}.user_session_analysis AS g
  JOIN touched ON touched.session_id = g.session_id AND touched.user_id = g.user_id
  WHERE g.session_date BETWEEN ${first_date} AND ${last_date}
)
SELECT 'event' AS kind, CAST(event_date AS varchar) AS date_text, count(*) AS row_count FROM events GROUP BY event_date
UNION ALL
SELECT 'session' AS kind, CAST(session_date AS varchar) AS date_text, count(*) AS row_count FROM sessions GROUP BY session_date
UNION ALL
SELECT 'session' AS kind, CAST(session_date AS varchar) AS date_text, count(*) AS row_count FROM known GROUP BY session_date
