-- Which products are seen most and bought least?
SELECT
  product_id,
  max_by(brand, event_timestamp) AS brand,
  max_by(category_code, event_timestamp) AS category_code,
  count_if(event_type = 'view') AS views,
  count_if(event_type = 'cart') AS carts,
  count_if(event_type = 'purchase') AS purchases
FROM ${silver}.events
WHERE source_system = 'shop'
GROUP BY 1
HAVING count_if(event_type = 'view') > 0
ORDER BY purchases, views DESC, product_id
LIMIT 100
