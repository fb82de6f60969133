-- How much of each month's sales comes from new customers, how much from those who bought before?
WITH orders AS (
    SELECT
        customer_id,
        currency,
        gross_amount,
        CAST(DATE_TRUNC('month', placed_date) AS DATE) AS sales_month,
        CAST(DATE_TRUNC('month', MIN(placed_date) OVER (PARTITION BY customer_id)) AS DATE) AS first_month
    FROM silver_orders
    WHERE customer_id IS NOT NULL AND placed_date IS NOT NULL AND gross_amount IS NOT NULL
)

SELECT
    sales_month,
    currency,
    COUNT(DISTINCT CASE WHEN sales_month = first_month THEN customer_id END) AS new_customers,
    COUNT(DISTINCT CASE WHEN sales_month > first_month THEN customer_id END) AS returning_customers,
    CAST(
        SUM(CASE WHEN sales_month = first_month THEN gross_amount ELSE CAST(0 AS DECIMAL(38, 4)) END)
        AS DECIMAL(38, 4)
    ) AS new_sales,
    CAST(
        SUM(CASE WHEN sales_month > first_month THEN gross_amount ELSE CAST(0 AS DECIMAL(38, 4)) END)
        AS DECIMAL(38, 4)
    ) AS returning_sales
FROM orders
GROUP BY sales_month, currency
ORDER BY sales_month ASC, currency ASC
