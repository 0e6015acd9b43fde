-- At which hours of the week do events happen? Monday is 1, times are UTC.
SELECT
  day_of_week(event_timestamp) AS weekday,
  hour(event_timestamp) AS hour_of_day,
  source_system,
  count(*) AS events,
  count(DISTINCT session_id) AS sessions
FROM ${silver}.events
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
