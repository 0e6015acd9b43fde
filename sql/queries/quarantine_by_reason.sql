-- Which rules are broken, how often, and is it still going on?
SELECT
  q.source_system,
  r.reason,
  q.status,
  count(*) AS records,
  sum(q.seen_count) AS times_seen,
  min(q.first_seen_at) AS first_seen_at,
  max(q.last_seen_at) AS last_seen_at
FROM ${silver}.quarantine AS q
CROSS JOIN UNNEST(q.reasons) AS r (reason)
GROUP BY 1, 2, 3
ORDER BY last_seen_at DESC, records DESC, 1, 2, 3
