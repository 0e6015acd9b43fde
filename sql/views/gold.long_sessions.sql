-- Which sessions last longer than the horizon, so that a run may not see all their events at once?
CREATE OR REPLACE VIEW ${gold}.long_sessions AS
SELECT
  session_id,
  user_id,
  session_start_time,
  session_end_time,
  date_diff('day', session_start_time, session_end_time) AS session_days,
  total_events
FROM ${gold}.user_session_analysis
WHERE session_end_time > date_add('day', ${horizon_days}, session_start_time)
