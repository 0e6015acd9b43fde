-- Grain: one row per run and source_system.
-- Reads:  the figures of the run, as rows of values.
-- Writes: ${gold}.run_audit.
-- Twice:  the key is (run_id, source_system); the second time the row is there and is written anew only where it differs.
MERGE INTO ${gold}.run_audit AS t
USING (
  SELECT *
  FROM (VALUES ${figures}) AS figures (
    run_id, source_system, bronze_objects, bronze_rows, silver_rows, duplicates, quarantined, held_objects, started_at,
    finished_at, status, bytes_scanned)
) AS s
ON t.run_id = s.run_id AND t.source_system = s.source_system
WHEN MATCHED AND s.status <> t.status
  THEN UPDATE SET
    bronze_objects = s.bronze_objects, bronze_rows = s.bronze_rows, silver_rows = s.silver_rows, duplicates = s.duplicates,
    quarantined = s.quarantined, held_objects = s.held_objects, status = s.status, finished_at = s.finished_at,
    bytes_scanned = s.bytes_scanned
WHEN NOT MATCHED
  THEN INSERT (
    run_id, source_system, bronze_objects, bronze_rows, silver_rows, duplicates, quarantined, held_objects, started_at,
    finished_at, status, bytes_scanned)
  VALUES (
    s.run_id, s.source_system, s.bronze_objects, s.bronze_rows, s.silver_rows, s.duplicates, s.quarantined,
    s.held_objects, s.started_at, s.finished_at, s.status, s.bytes_scanned)
