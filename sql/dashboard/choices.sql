-- What can the figures be filtered by?
WITH sales AS (
    SELECT category, country, currency, amount
    FROM gold_daily_sales
),

choices AS (
    SELECT 'category' AS filter, category AS choice, CAST(0 AS DECIMAL(38, 4)) AS weight
    FROM sales
    GROUP BY category
    UNION ALL
    SELECT 'country' AS filter, country AS choice, CAST(0 AS DECIMAL(38, 4)) AS weight
    FROM sales
    GROUP BY country
    UNION ALL
    SELECT 'currency' AS filter, currency AS choice, CAST(SUM(amount) AS DECIMAL(38, 4)) AS weight
    FROM sales
    GROUP BY currency
)

SELECT filter, choice
FROM choices
ORDER BY filter ASC, weight DESC, choice ASC
