-- Which products bring the most revenue?
-- From order lines, because gold has no product by country or category.
SELECT
    sku,
    MAX(description) AS description,
    CAST(SUM(quantity) AS BIGINT) AS units,
    CAST(SUM(amount) AS DECIMAL(38, 4)) AS revenue
FROM silver_order_lines
WHERE
    sales_date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)
    AND ? IN (country, '')
    AND ? IN (category, '')
    AND currency = ?
GROUP BY sku
ORDER BY revenue DESC, sku ASC
LIMIT 100
