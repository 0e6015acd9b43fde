-- Grain: one row per record_hash: a record that broke a rule, with every rule it broke and every place it came from.
-- Written by silver/merge_quarantine.sql; its status also by a person.
CREATE TABLE IF NOT EXISTS ${silver}.quarantine (
  record_hash string,
  source_system string,
  reasons array<string>,
  payload string,
  payload_encoding string,
  payload_location string,
  origins array<string>,
  first_seen_at timestamp,
  last_seen_at timestamp,
  seen_count int,
  status string,
  contract_version int
)
PARTITIONED BY (day(first_seen_at))
LOCATION 's3://${lake_bucket}/silver/quarantine/'
TBLPROPERTIES (
  'table_type' = 'ICEBERG',
  'format' = 'parquet',
  'write_compression' = 'zstd',
  'vacuum_min_snapshots_to_keep' = '100',
  'vacuum_max_snapshot_age_seconds' = '1209600'
)
