-- Grain: one row per (session_id, user_id). Written by gold/merge_user_session_analysis.sql alone.
CREATE TABLE IF NOT EXISTS ${gold}.user_session_analysis (
  user_id string,
  session_id string,
  signup_date date,
  device_type string,
  country string,
  session_start_time timestamp,
  session_end_time timestamp,
  session_duration_seconds int,
  session_date date,
  total_events int,
  event_types array<string>,
  first_event_type string,
  last_event_type string,
  primary_event_type string,
  transaction_id string,
  transaction_amount decimal(10, 2),
  transaction_currency string,
  transaction_timestamp timestamp,
  transaction_count int,
  has_transaction boolean,
  time_to_purchase_seconds int,
  late_event_count int,
  processing_timestamp timestamp,
  data_version int,
  source_system string
)
PARTITIONED BY (day(session_date))
LOCATION 's3://${lake_bucket}/gold/user_session_analysis/'
TBLPROPERTIES (
  'table_type' = 'ICEBERG',
  'format' = 'parquet',
  'write_compression' = 'zstd',
  'vacuum_min_snapshots_to_keep' = '100',
  'vacuum_max_snapshot_age_seconds' = '1209600'
)
