-- Who are the top 10% of customers by lifetime value, and what share of all revenue is theirs?
WITH ranked AS (
    SELECT
        customer_id,
        currency,
        orders,
        amount,
        RANK() OVER (PARTITION BY currency ORDER BY amount DESC) AS value_rank,
        COUNT(*) OVER (PARTITION BY currency) AS customers,
        SUM(amount) OVER (PARTITION BY currency) AS total
    FROM gold_customer_value
)

SELECT
    customer_id,
    currency,
    orders,
    amount AS lifetime_value,
    value_rank,
    CASE WHEN total > 0 THEN CAST(amount AS DOUBLE) / CAST(total AS DOUBLE) END AS share_of_revenue,
    CASE
        WHEN total > 0
            THEN CAST(SUM(amount) OVER (PARTITION BY currency) AS DOUBLE) / CAST(total AS DOUBLE)
    END AS share_of_the_top
FROM ranked
WHERE 10 * (value_rank - 1) < customers
ORDER BY currency ASC, value_rank ASC, customer_id ASC
