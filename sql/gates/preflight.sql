-- The figures the preflight gate judges, per source_system, before anything of the run's objects is merged.
-- Reads: one bronze table, the run's objects.
SELECT
  source_system,
  count(*) AS row_count,
  count_if(cardinality(validation_errors) > 0) AS invalid_rows,
  count(*) - count(DISTINCT record_hash) AS duplicate_rows,
  count_if(user_id IS NULL) AS rows_without_user,
  count_if(cardinality(unknown_fields) > 0) AS rows_with_unknown_fields
FROM ${bronze}.${bronze_table}
WHERE ingestion_date IN (${ingestion_dates})
  AND "$path" IN (${paths})
GROUP BY source_system
ORDER BY source_system
