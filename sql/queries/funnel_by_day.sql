-- How many of a day's shop sessions view, put into the cart, and purchase?
WITH steps AS (
  SELECT
    event_date,
    session_id,
    bool_or(event_type = 'view') AS viewed,
    bool_or(event_type = 'cart') AS put_into_cart,
    bool_or(event_type = 'purchase') AS purchased
  FROM ${silver}.events
  WHERE source_system = 'shop'
  GROUP BY 1, 2
)
SELECT
  event_date,
  count_if(viewed) AS sessions_viewed,
  count_if(put_into_cart) AS sessions_cart,
  count_if(purchased) AS sessions_purchased,
  round(100.0 * count_if(put_into_cart) / NULLIF(count_if(viewed), 0), 2) AS cart_percent,
  round(100.0 * count_if(purchased) / NULLIF(count_if(put_into_cart), 0), 2) AS purchase_percent
FROM steps
GROUP BY 1
ORDER BY 1
