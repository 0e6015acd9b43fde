-- Expires snapshots beyond the table's vacuum_min_snapshots_to_keep and vacuum_max_snapshot_age_seconds, and removes files that
-- nothing needs any more. The committed snapshot is among those kept.
-- Twice: nothing is left to expire. Where there is too much for once: ICEBERG_VACUUM_MORE_RUNS_NEEDED, and run again.
VACUUM ${database}.${table}
