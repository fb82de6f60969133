-- How is the value of customers spread over them, tenth by tenth?
-- From order lines, because gold has no customer by day, country or category.
WITH values_of_customers AS (
    SELECT customer_id, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
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
        amount,
        RANK() OVER (ORDER BY amount DESC) AS value_rank,
        COUNT(*) OVER () AS customers
    FROM values_of_customers
),

tenths AS (
    SELECT
        amount,
        CAST(1 + FLOOR(CAST(10 * (value_rank - 1) AS DOUBLE) / CAST(customers AS DOUBLE)) AS BIGINT) AS value_decile
    FROM ranked
)

SELECT
    value_decile,
    COUNT(*) AS customers,
    CAST(SUM(amount) AS DECIMAL(38, 4)) AS customer_value,
    MIN(amount) AS least,
    MAX(amount) AS most
FROM tenths
GROUP BY value_decile
ORDER BY value_decile ASC
