-- What was sold today, and on a usual day of the week before?
WITH days AS (
    SELECT
        CASE WHEN sales_date = CAST(? AS DATE) THEN 'today' ELSE 'week before' END AS period,
        orders,
        units,
        amount
    FROM gold_daily_sales
    WHERE
        sales_date BETWEEN DATE_ADD('day', -7, CAST(? AS DATE)) AND CAST(? AS DATE)
        AND ? IN (country, '')
        AND ? IN (category, '')
        AND currency = ?
)

SELECT
    CAST(COALESCE(SUM(CASE WHEN period = 'today' THEN amount END), CAST(0 AS DECIMAL(38, 4))) AS DECIMAL(38, 4))
        AS amount,
    COALESCE(SUM(CASE WHEN period = 'today' THEN units END), 0) AS units,
    CAST(COALESCE(SUM(CASE WHEN period <> 'today' THEN amount END), CAST(0 AS DECIMAL(38, 4))) AS DOUBLE)
    / CAST(7 AS DOUBLE) AS usual_amount,
    CAST(COALESCE(SUM(CASE WHEN period <> 'today' THEN units END), 0) AS DOUBLE) / CAST(7 AS DOUBLE) AS usual_units
FROM days
