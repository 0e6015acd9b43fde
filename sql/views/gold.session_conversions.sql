-- Which sessions ended in a purchase? The reporting names of gold.user_session_analysis.
CREATE OR REPLACE VIEW ${gold}.session_conversions AS
SELECT
  session_id,
  user_id,
  country AS user_country,
  device_type AS user_device,
  session_start_time,
  total_events,
  primary_event_type AS event_type,
  transaction_id,
  transaction_amount AS amount,
  transaction_currency AS currency,
  has_transaction AS is_conversion
FROM ${gold}.user_session_analysis
