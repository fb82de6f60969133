-- How does revenue develop day by day, and on average over the last seven days?
-- A day without sales has no row, and counts as zero in the averages of others.
WITH days AS (
    SELECT sales_date, currency, CAST(SUM(amount) AS DECIMAL(38, 4)) AS revenue
    FROM gold_daily_sales
    GROUP BY sales_date, currency
),

weeks AS (
    SELECT
        days.sales_date,
        days.currency,
        days.revenue,
        CAST(SUM(earlier.revenue) AS DECIMAL(38, 4)) AS week_revenue
    FROM days
    INNER JOIN days AS earlier
        ON
            days.currency = earlier.currency
            AND earlier.sales_date > DATE_ADD('day', -7, days.sales_date)
            AND earlier.sales_date <= days.sales_date
    GROUP BY days.sales_date, days.currency, days.revenue
)

SELECT
    sales_date,
    currency,
    revenue,
    CAST(week_revenue AS DOUBLE) / CAST(7 AS DOUBLE) AS seven_day_average
FROM weeks
ORDER BY sales_date ASC, currency ASC
