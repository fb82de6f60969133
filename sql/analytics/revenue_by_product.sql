-- Which products bring the most revenue?
SELECT
    sku,
    currency,
    MAX(description) AS description,
    CAST(SUM(units) AS BIGINT) AS units,
    CAST(SUM(amount) AS DECIMAL(38, 4)) AS revenue
FROM gold_product_sales
GROUP BY sku, currency
ORDER BY revenue DESC, sku ASC, currency ASC
LIMIT 100
