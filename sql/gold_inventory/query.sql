-- Stock and demand per product. The settings stand here alone: demand over how many days, low below how many.
WITH settings AS (
    SELECT CAST(28 AS INTEGER) AS demand_days, CAST(14 AS INTEGER) AS low_days
),

latest AS (
    SELECT
        settings.demand_days,
        settings.low_days,
        MAX(gold_daily_sales.sales_date) AS as_of_date
    FROM gold_daily_sales
    CROSS JOIN settings
    WHERE gold_daily_sales.orders > 0
    GROUP BY settings.demand_days, settings.low_days
),

lines AS (
    SELECT sku, order_id, line_class, occurred_at, sales_date, quantity
    FROM silver_order_lines
    WHERE line_class IN ('sale', 'return')
),

movements AS (
    SELECT
        sku,
        kind,
        occurred_at,
        quantity,
        MAX(CASE WHEN kind = 'count' THEN occurred_at END) OVER (PARTITION BY sku) AS counted_at
    FROM silver_stock_movements
),

-- Of two counts at one moment the lower stands.
counted AS (
    SELECT
        sku,
        MAX(counted_at) AS counted_at,
        MIN(CASE WHEN kind = 'count' AND occurred_at = counted_at THEN quantity END) AS stock,
        CAST(
            SUM(CASE WHEN kind = 'movement' AND occurred_at > counted_at THEN quantity ELSE 0 END) AS BIGINT
        ) AS moved
    FROM movements
    GROUP BY sku
),

cancelled AS (
    SELECT order_id, cancelled_at
    FROM silver_orders
    WHERE cancelled_at IS NOT NULL AND shipped_at IS NULL
),

-- Right sides of joins are the small ones.
changes AS (
    SELECT
        lines.sku,
        lines.line_class,
        lines.quantity,
        CASE WHEN lines.occurred_at > counted.counted_at THEN lines.quantity ELSE 0 END AS gone,
        CASE
            WHEN lines.line_class = 'sale' AND cancelled.cancelled_at > counted.counted_at THEN lines.quantity
            ELSE 0
        END AS put_back,
        CASE
            WHEN
                lines.line_class = 'sale'
                AND cancelled.order_id IS NULL
                AND lines.sales_date > DATE_ADD('day', -latest.demand_days, latest.as_of_date)
                AND lines.sales_date <= latest.as_of_date
                THEN lines.quantity
            ELSE 0
        END AS demanded
    FROM lines
    LEFT JOIN counted ON lines.sku = counted.sku
    LEFT JOIN cancelled ON lines.order_id = cancelled.order_id
    LEFT JOIN latest ON 1 = 1
),

folded AS (
    SELECT
        sku,
        CAST(SUM(gone) AS BIGINT) AS gone,
        CAST(SUM(put_back) AS BIGINT) AS put_back,
        CAST(SUM(demanded) AS BIGINT) AS demanded
    FROM changes
    GROUP BY sku
),

known AS (
    SELECT
        COALESCE(folded.sku, counted.sku) AS sku,
        counted.stock + counted.moved - COALESCE(folded.gone, 0) + COALESCE(folded.put_back, 0) AS stock_on_hand,
        counted.counted_at,
        COALESCE(folded.demanded, 0) AS demand_units
    FROM folded
    FULL OUTER JOIN counted ON folded.sku = counted.sku
),

measured AS (
    SELECT
        known.sku,
        known.stock_on_hand,
        known.counted_at,
        latest.as_of_date,
        known.demand_units,
        COALESCE(latest.low_days, 0) AS low_days,
        CASE
            WHEN known.demand_units = 0 THEN CAST(0 AS DOUBLE)
            ELSE CAST(known.demand_units AS DOUBLE) / CAST(latest.demand_days AS DOUBLE)
        END AS demand_per_day,
        CASE
            WHEN known.demand_units > 0
                THEN
                    CAST(known.stock_on_hand * latest.demand_days AS DOUBLE)
                    / CAST(known.demand_units AS DOUBLE)
        END AS days_of_cover
    FROM known
    LEFT JOIN latest ON 1 = 1
),

final AS (
    SELECT
        sku,
        CAST(stock_on_hand AS BIGINT) AS stock_on_hand,
        counted_at,
        as_of_date,
        CAST(demand_units AS BIGINT) AS demand_units,
        demand_per_day,
        days_of_cover,
        CASE
            WHEN stock_on_hand IS NULL THEN CAST(NULL AS BOOLEAN)
            WHEN stock_on_hand <= 0 THEN TRUE
            WHEN days_of_cover < low_days THEN TRUE
            ELSE FALSE
        END AS is_low_stock
    FROM measured
)

SELECT
    sku,
    stock_on_hand,
    counted_at,
    as_of_date,
    demand_units,
    demand_per_day,
    days_of_cover,
    is_low_stock
FROM final
