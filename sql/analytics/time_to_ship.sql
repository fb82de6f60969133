-- How long do orders take to ship, by the month in which they were placed?
WITH months AS (
    SELECT
        CAST(DATE_TRUNC('month', placed_date) AS DATE) AS placed_month,
        CAST(SUM(placed) AS BIGINT) AS placed,
        CAST(SUM(shipped) AS BIGINT) AS shipped,
        CAST(SUM(ship_seconds_total) AS BIGINT) AS ship_seconds,
        MAX(ship_seconds_median) AS slowest_median
    FROM gold_order_funnel
    GROUP BY CAST(DATE_TRUNC('month', placed_date) AS DATE)
)

SELECT
    placed_month,
    placed,
    shipped,
    CASE
        WHEN shipped > 0 THEN CAST(ship_seconds AS DOUBLE) / CAST(shipped * 3600 AS DOUBLE)
    END AS average_hours,
    slowest_median / CAST(3600 AS DOUBLE) AS median_hours_of_the_slowest_day
FROM months
ORDER BY placed_month ASC
