-- How is lifetime value spread over customers, tenth by tenth?
SELECT
    value_decile,
    COUNT(*) AS customers,
    CAST(SUM(amount) AS DECIMAL(38, 4)) AS lifetime_value,
    MIN(amount) AS least,
    MAX(amount) AS most
FROM customer_value_deciles
WHERE currency = ?
GROUP BY value_decile
ORDER BY value_decile ASC
