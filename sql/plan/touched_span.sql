-- The dates on which this run changed something for a session: now, or before the run.
-- Reads: ${state}.touched_sessions.
SELECT
  count(*) AS touched_rows,
  min(touched_date) AS first_date,
  max(touched_date) AS last_date
FROM ${state}.touched_sessions
WHERE run_id = ${run_id}
