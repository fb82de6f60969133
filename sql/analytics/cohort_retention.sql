-- Of the customers who first bought in a month, how many buy again in the months after?
WITH months AS (
    SELECT DISTINCT customer_id, CAST(DATE_TRUNC('month', placed_date) AS DATE) AS order_month
    FROM silver_orders
    WHERE customer_id IS NOT NULL AND placed_date IS NOT NULL
),

cohorts AS (
    SELECT customer_id, order_month, MIN(order_month) OVER (PARTITION BY customer_id) AS cohort
    FROM months
),

active AS (
    SELECT cohort, DATE_DIFF('month', cohort, order_month) AS months_after, COUNT(*) AS customers
    FROM cohorts
    GROUP BY cohort, DATE_DIFF('month', cohort, order_month)
)

SELECT
    cohort,
    months_after,
    customers,
    CAST(customers AS DOUBLE)
    / CAST(MAX(CASE WHEN months_after = 0 THEN customers END) OVER (PARTITION BY cohort) AS DOUBLE) AS retention
FROM active
ORDER BY cohort ASC, months_after ASC
