-- Which customers are champions, loyal, promising, at risk or lost, by recency, frequency and money?
-- Each is scored 1 to 3 by how many customers are worse, in thirds; equals share a score. Per currency.
WITH customers AS (
    SELECT
        customer_id,
        currency,
        MAX(placed_date) AS last_date,
        COUNT(*) AS orders,
        CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
    FROM silver_orders
    WHERE customer_id IS NOT NULL AND placed_date IS NOT NULL AND amount IS NOT NULL
    GROUP BY customer_id, currency
),

ranked AS (
    SELECT
        orders,
        amount,
        currency,
        RANK() OVER (PARTITION BY currency ORDER BY last_date ASC) AS recency_rank,
        RANK() OVER (PARTITION BY currency ORDER BY orders ASC) AS frequency_rank,
        RANK() OVER (PARTITION BY currency ORDER BY amount ASC) AS money_rank,
        COUNT(*) OVER (PARTITION BY currency) AS customers
    FROM customers
),

scored AS (
    SELECT
        orders,
        amount,
        currency,
        CASE
            WHEN 3 * (recency_rank - 1) >= 2 * customers THEN 3
            WHEN 3 * (recency_rank - 1) >= customers THEN 2
            ELSE 1
        END AS recency,
        CASE
            WHEN 3 * (frequency_rank - 1) >= 2 * customers THEN 3
            WHEN 3 * (frequency_rank - 1) >= customers THEN 2
            ELSE 1
        END AS frequency,
        CASE
            WHEN 3 * (money_rank - 1) >= 2 * customers THEN 3
            WHEN 3 * (money_rank - 1) >= customers THEN 2
            ELSE 1
        END AS money
    FROM ranked
),

named AS (
    SELECT
        orders,
        amount,
        currency,
        CASE
            WHEN recency = 3 AND frequency = 3 AND money = 3 THEN 'champions'
            WHEN recency = 1 AND (frequency = 3 OR money = 3) THEN 'at risk'
            WHEN recency = 1 THEN 'lost'
            WHEN frequency = 3 OR money = 3 THEN 'loyal'
            ELSE 'promising'
        END AS segment
    FROM scored
)

SELECT
    segment,
    currency,
    COUNT(*) AS customers,
    CAST(SUM(orders) AS BIGINT) AS orders,
    CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
FROM named
GROUP BY segment, currency
ORDER BY currency ASC, amount DESC, segment ASC
