-- Which transactions have no event of their session and user within the horizon?
CREATE OR REPLACE VIEW ${gold}.orphan_transactions AS
SELECT
  x.transaction_id,
  x.session_id,
  x.user_id,
  x.amount,
  x.currency,
  x.transaction_timestamp,
  x.source_file
FROM ${silver}.transactions AS x
LEFT JOIN (
  SELECT DISTINCT near.transaction_id
  FROM ${silver}.transactions AS near
  JOIN ${silver}.events AS e ON e.session_id = near.session_id AND e.user_id = near.user_id
  WHERE near.transaction_timestamp >= date_add('day', -${horizon_days}, e.event_timestamp)
    AND near.transaction_timestamp <= date_add('day', ${horizon_days}, e.event_timestamp)
) AS matched ON matched.transaction_id = x.transaction_id
WHERE matched.transaction_id IS NULL
