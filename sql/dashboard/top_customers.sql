-- Who are the top 10% of customers, and what share of revenue is each one's?
-- From order lines, because gold has no customer by day, country or category.
WITH values_of_customers AS (
    SELECT
        customer_id,
        COUNT(DISTINCT CASE WHEN line_class = 'sale' THEN order_id END) AS orders,
        CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
    FROM silver_order_lines
    WHERE
        customer_id IS NOT NULL
        AND sales_date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)
        AND ? IN (country, '')
        AND ? IN (category, '')
        AND currency = ?
    GROUP BY customer_id
),

ranked AS (
    SELECT
        customer_id,
        orders,
        amount,
        RANK() OVER (ORDER BY amount DESC) AS value_rank,
        COUNT(*) OVER () AS customers,
        SUM(amount) OVER () AS total
    FROM values_of_customers
)

SELECT
    value_rank,
    customer_id,
    orders,
    amount AS customer_value,
    CASE WHEN total > 0 THEN CAST(amount AS DOUBLE) / CAST(total AS DOUBLE) END AS share_of_revenue
FROM ranked
WHERE 10 * (value_rank - 1) < customers
ORDER BY value_rank ASC, customer_id ASC
