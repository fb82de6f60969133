-- What gold made of one run's category of its own.
SELECT coalesce(sum(orders), 0) AS orders, coalesce(sum(units), 0) AS units, coalesce(sum(amount), 0) AS amount
FROM gold_daily_sales
WHERE category = ?
