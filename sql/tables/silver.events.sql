-- Grain: one row per event_id, its greatest version. Written by silver/merge_events.sql alone.
-- contenders: the other records of the same event time, null where there are none, which is nearly always. A copy that arrived
-- earlier than any before may still change which of them is the greatest.
CREATE TABLE IF NOT EXISTS ${silver}.events (
  event_id string,
  session_id string,
  user_id string,
  event_type string,
  event_timestamp timestamp,
  event_date date,
  product_id string,
  category_id string,
  category_code string,
  brand string,
  price decimal(10, 2),
  event_details string,
  source_system string,
  record_hash string,
  arrival_timestamp timestamp,
  is_late boolean,
  processing_timestamp timestamp,
  data_version int,
  contenders array<struct<session_id:string,user_id:string,event_type:string,product_id:string,category_id:string,category_code:string,brand:string,price:decimal(10,2),event_details:string,source_system:string,record_hash:string,arrival_timestamp:timestamp>>
)
PARTITIONED BY (event_date)
LOCATION 's3://${lake_bucket}/silver/events/'
TBLPROPERTIES (
  'table_type' = 'ICEBERG',
  'format' = 'parquet',
  'write_compression' = 'zstd',
  'vacuum_min_snapshots_to_keep' = '100',
  'vacuum_max_snapshot_age_seconds' = '1209600'
)
