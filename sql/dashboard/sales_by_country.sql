-- Which countries bring the most revenue?
SELECT country, CAST(SUM(units) AS BIGINT) AS units, CAST(SUM(amount) AS DECIMAL(38, 4)) AS total_revenue
FROM gold_daily_sales
WHERE
    sales_date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)
    AND ? IN (country, '')
    AND ? IN (category, '')
    AND currency = ?
GROUP BY country
ORDER BY total_revenue DESC, country ASC
