-- Grain: one row per user_id and valid_from (type-2 history): [valid_from, valid_to), valid_to null = still valid; a user's
-- versions neither overlap nor leave a gap. Written by silver/merge_users.sql alone.
-- contenders: the other records of the same updated_at, as in silver.events.
CREATE TABLE IF NOT EXISTS ${silver}.users (
  user_id string,
  signup_date timestamp,
  device_type string,
  country string,
  valid_from timestamp,
  valid_to timestamp,
  is_current boolean,
  updated_at timestamp,
  record_hash string,
  arrival_timestamp timestamp,
  processing_timestamp timestamp,
  contenders array<struct<signup_date:timestamp,device_type:string,country:string,record_hash:string,arrival_timestamp:timestamp>>
)
LOCATION 's3://${lake_bucket}/silver/users/'
TBLPROPERTIES (
  'table_type' = 'ICEBERG',
  'format' = 'parquet',
  'write_compression' = 'zstd',
  'vacuum_min_snapshots_to_keep' = '100',
  'vacuum_max_snapshot_age_seconds' = '1209600'
)
