-- How does revenue develop, day by day and on average over seven days?
-- The averages of the first days chosen look back before them.
WITH days AS (
    SELECT sales_date, CAST(SUM(amount) AS DECIMAL(38, 4)) AS revenue
    FROM gold_daily_sales
    WHERE ? IN (country, '') AND ? IN (category, '') AND currency = ?
    GROUP BY sales_date
),

weeks AS (
    SELECT days.sales_date, days.revenue, CAST(SUM(earlier.revenue) AS DECIMAL(38, 4)) AS week_revenue
    FROM days
    INNER JOIN days AS earlier
        ON
            earlier.sales_date > DATE_ADD('day', -7, days.sales_date)
            AND earlier.sales_date <= days.sales_date
    WHERE days.sales_date BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)
    GROUP BY days.sales_date, days.revenue
)

SELECT sales_date, revenue, CAST(week_revenue AS DOUBLE) / CAST(7 AS DOUBLE) AS seven_day_average
FROM weeks
ORDER BY sales_date ASC
