-- Which categories and brands sell most?
SELECT
  category_code,
  brand,
  count(*) AS purchases,
  sum(price) AS revenue,
  round(avg(price), 2) AS average_price
FROM ${silver}.events
WHERE source_system = 'shop' AND event_type = 'purchase'
GROUP BY 1, 2
ORDER BY revenue DESC, category_code, brand
LIMIT 100
