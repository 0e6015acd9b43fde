-- The versions of users that a failed run wrote and whose history then overlapped, or had a gap.
-- Reads: silver.users at the failed run's snapshot.
WITH history AS (
  SELECT
    user_id, valid_from, valid_to, is_current, updated_at, processing_timestamp, record_hash,
    lead(valid_from) OVER (PARTITION BY user_id ORDER BY valid_from) AS next_valid_from
  FROM ${silver_version}
)
SELECT *
FROM history
WHERE user_id IN (
  SELECT user_id
  FROM history
  WHERE valid_to IS DISTINCT FROM next_valid_from OR COALESCE(valid_to <= valid_from, false) OR is_current IS DISTINCT FROM (valid_to IS NULL))
  AND user_id IN (SELECT user_id FROM history WHERE processing_timestamp = ${processing_timestamp})
ORDER BY user_id, valid_from
LIMIT 100
