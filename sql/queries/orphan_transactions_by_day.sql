-- How many transactions of each day belong to no session, and from which file did they come?
SELECT
  date(transaction_timestamp) AS transaction_date,
  source_file,
  currency,
  count(*) AS transactions,
  sum(amount) AS amount
FROM ${gold}.orphan_transactions
GROUP BY 1, 2, 3
ORDER BY 1 DESC, 2, 3
