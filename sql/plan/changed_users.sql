-- Which part of gold a change of users can touch: from the earliest start of a changed version on, or all of it where a user's
-- first version appeared or changed, since that one also describes the sessions before it.
-- Reads: ${silver}.users, and its state before the run.
WITH written AS (
  SELECT user_id, valid_from, signup_date, device_type, country
  FROM ${silver}.users
  WHERE processing_timestamp >= ${users_written_since}
),
changed AS (
  SELECT written.user_id, written.valid_from
  FROM written
  LEFT JOIN ${users_base} AS base ON base.user_id = written.user_id AND base.valid_from = written.valid_from
  WHERE base.user_id IS NULL
    OR base.signup_date IS DISTINCT FROM written.signup_date
    OR base.device_type IS DISTINCT FROM written.device_type
    OR base.country IS DISTINCT FROM written.country
),
first_versions AS (
  SELECT user_id, min(valid_from) AS valid_from
  FROM ${silver}.users
  WHERE user_id IN (SELECT user_id FROM changed)
  GROUP BY user_id
)
SELECT
  count(*) AS changed_versions,
  count_if(first_versions.valid_from = changed.valid_from) AS changed_first_versions,
  CAST(CAST(min(changed.valid_from) AS date) AS varchar) AS first_date
FROM changed
JOIN first_versions ON first_versions.user_id = changed.user_id
