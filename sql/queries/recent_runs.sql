-- What did the runs of the last seven days take in, and where did every row go?
SELECT
  run_id,
  source_system,
  status,
  bronze_objects,
  bronze_rows,
  silver_rows,
  duplicates,
  quarantined,
  held_objects,
  date_diff('second', started_at, finished_at) AS seconds,
  bytes_scanned
FROM ${gold}.run_audit
WHERE started_at >= date_add('day', -7, CAST(current_timestamp AS timestamp(6)))
ORDER BY started_at DESC, source_system
