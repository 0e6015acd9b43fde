-- What conservation missed: versions of users that silver did not hold, as the run had left it, and invalid rows that did not stand
-- in quarantine.
-- Reads: ${bronze}.users, the run's objects; silver and quarantine at the failed run's snapshots.
WITH source AS (
  SELECT user_id, CAST(COALESCE(updated_at, signup_date) AS timestamp(6)) AS updated_at, record_hash, payload, COALESCE(cardinality(validation_errors), 1) = 0 AS is_valid
  FROM ${bronze}.users
  WHERE ingestion_date IN (${ingestion_dates})
    AND ${of_objects}
)
SELECT 'silver' AS missing_in, source.user_id AS key_value, source.updated_at, source.payload
FROM source
LEFT JOIN ${silver_version} AS s ON s.user_id = source.user_id AND s.updated_at = source.updated_at
WHERE source.is_valid
  AND s.user_id IS NULL
UNION ALL
SELECT 'quarantine', source.record_hash, source.updated_at, source.payload
FROM source
WHERE NOT source.is_valid
  AND source.record_hash NOT IN (SELECT q.record_hash FROM ${quarantine_version} AS q)
LIMIT 100
