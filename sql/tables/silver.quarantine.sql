-- Grain: one row per record_hash: a record that broke a rule, with every rule it broke and every place it came from.
-- Written by silver/merge_quarantine.sql; its status by a person's decision too (quarantine/apply_decision.sql).
-- `header` is that of a CSV's row, which says what its fields are. `replayed_as` is the record_hash of what was sent instead, where a
-- replay sent it patched; `decision_id` names state/quarantine/<id>.json, the decision that set the status last.
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
  contract_version int,
  header string,
  replayed_as string,
  decision_id string
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
