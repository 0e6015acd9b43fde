-- Grain: one row per run and source_system: where every bronze row of the run went. Written by gold/record_run.sql; not part
-- of the run's transaction, so that a run that failed leaves its row too.
CREATE TABLE IF NOT EXISTS ${gold}.run_audit (
  run_id string,
  source_system string,
  bronze_objects int,
  bronze_rows bigint,
  silver_rows bigint,
  duplicates bigint,
  quarantined bigint,
  held_objects int,
  started_at timestamp,
  finished_at timestamp,
  status string,
  bytes_scanned bigint
)
LOCATION 's3://${lake_bucket}/gold/run_audit/'
TBLPROPERTIES (
  'table_type' = 'ICEBERG',
  'format' = 'parquet',
  'write_compression' = 'zstd',
  'vacuum_min_snapshots_to_keep' = '5',
  'vacuum_max_snapshot_age_seconds' = '1209600'
)
