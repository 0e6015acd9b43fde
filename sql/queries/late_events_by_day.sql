-- Which share of each day's events arrived late, and how late?
SELECT
  event_date,
  source_system,
  count(*) AS events,
  count_if(is_late) AS late_events,
  round(100.0 * count_if(is_late) / count(*), 2) AS late_percent,
  max(CASE WHEN is_late THEN date_diff('minute', event_timestamp, arrival_timestamp) END) AS latest_minutes
FROM ${silver}.events
GROUP BY 1, 2
ORDER BY 1 DESC, 2
