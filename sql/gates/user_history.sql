-- Versions of the users written in this run that overlap, leave a gap, or are wrongly marked as current. Anything above zero
-- fails the audit.
-- Reads: ${silver}.users.
WITH history AS (
  SELECT
    user_id, valid_from, valid_to, is_current,
    lead(valid_from) OVER (PARTITION BY user_id ORDER BY valid_from) AS next_valid_from
  FROM ${silver}.users
  WHERE user_id IN (SELECT user_id FROM ${silver}.users WHERE processing_timestamp = ${processing_timestamp})
)
SELECT
  count_if(valid_to IS DISTINCT FROM next_valid_from OR COALESCE(valid_to <= valid_from, false) OR is_current <> (valid_to IS NULL)) AS broken_versions,
  min(CASE WHEN valid_to IS DISTINCT FROM next_valid_from THEN user_id END) AS example
FROM history
