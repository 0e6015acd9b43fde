-- Of the users gates/user_history.sql counts: those whose history was whole before the run, and those it was broken of already.
-- Asked only where there are any.
-- Reads: ${silver}.users, now and before the run.
WITH versions AS (
  SELECT 'now' AS state, user_id, valid_from, valid_to, is_current
  FROM ${silver}.users
  WHERE user_id IN (SELECT user_id FROM ${silver}.users WHERE processing_timestamp = ${processing_timestamp})
  UNION ALL
  SELECT 'before' AS state, base.user_id, base.valid_from, base.valid_to, base.is_current
  FROM ${users_base} AS base
),
history AS (
  SELECT versions.*, lead(valid_from) OVER (PARTITION BY state, user_id ORDER BY valid_from) AS next_valid_from
  FROM versions
),
broken AS (
  SELECT DISTINCT state, user_id
  FROM history
  WHERE valid_from IS NULL
    OR valid_to IS DISTINCT FROM next_valid_from
    OR COALESCE(valid_to <= valid_from, false)
    OR is_current IS DISTINCT FROM (valid_to IS NULL)
),
compared AS (
  SELECT broken.user_id, earlier.user_id IS NOT NULL AS stood_before
  FROM broken
  LEFT JOIN broken AS earlier ON earlier.state = 'before' AND earlier.user_id = broken.user_id
  WHERE broken.state = 'now'
)
SELECT
  count_if(NOT stood_before) AS new_count,
  count_if(stood_before) AS standing_count,
  min(CASE WHEN NOT stood_before THEN user_id END) AS new_example,
  min(CASE WHEN stood_before THEN user_id END) AS standing_example
FROM compared
