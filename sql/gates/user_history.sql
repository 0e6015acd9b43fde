-- Users written in this run whose versions overlap, leave a gap, or are wrongly marked as current. A null counts as broken.
-- Reads: ${silver}.users.
WITH history AS (
  SELECT
    user_id, valid_from, valid_to, is_current,
    lead(valid_from) OVER (PARTITION BY user_id ORDER BY valid_from) AS next_valid_from
  FROM ${silver}.users
  WHERE user_id IN (SELECT user_id FROM ${silver}.users WHERE processing_timestamp = ${processing_timestamp})
),
broken AS (
  SELECT DISTINCT user_id
  FROM history
  WHERE valid_from IS NULL
    OR valid_to IS DISTINCT FROM next_valid_from
    OR COALESCE(valid_to <= valid_from, false)
    OR is_current IS DISTINCT FROM (valid_to IS NULL)
)
SELECT count(*) AS broken_users, min(user_id) AS example
FROM broken
