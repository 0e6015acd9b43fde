-- Grain: one row per transaction_id, its greatest version. Written by silver/merge_transactions.sql alone.
-- contenders: the other records of the same transaction time, as in silver.events.
CREATE TABLE IF NOT EXISTS ${silver}.transactions (
  transaction_id string,
  session_id string,
  user_id string,
  amount decimal(10, 2),
  currency string,
  transaction_timestamp timestamp,
  transaction_date date,
  source_file string,
  record_hash string,
  arrival_timestamp timestamp,
  processing_timestamp timestamp,
  data_version int,
  contenders array<struct<session_id:string,user_id:string,amount:decimal(10,2),currency:string,source_file:string,record_hash:string,arrival_timestamp:timestamp>>
)
PARTITIONED BY (transaction_date)
LOCATION 's3://${lake_bucket}/silver/transactions/'
TBLPROPERTIES (
  'table_type' = 'ICEBERG',
  'format' = 'parquet',
  'write_compression' = 'zstd',
  'vacuum_min_snapshots_to_keep' = '100',
  'vacuum_max_snapshot_age_seconds' = '1209600'
)
