-- What share of each month's orders is cancelled, what share comes back?
WITH months AS (
    SELECT
        CAST(DATE_TRUNC('month', placed_date) AS DATE) AS placed_month,
        CAST(SUM(placed) AS BIGINT) AS placed,
        CAST(SUM(cancelled) AS BIGINT) AS cancelled,
        CAST(SUM(returned) AS BIGINT) AS returned
    FROM gold_order_funnel
    GROUP BY CAST(DATE_TRUNC('month', placed_date) AS DATE)
)

SELECT
    placed_month,
    placed,
    cancelled,
    returned,
    CAST(cancelled AS DOUBLE) / CAST(placed AS DOUBLE) AS cancellation_rate,
    CAST(returned AS DOUBLE) / CAST(placed AS DOUBLE) AS return_rate
FROM months
ORDER BY placed_month ASC
