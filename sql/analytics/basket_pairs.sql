-- Which products are bought together, among the 200 that are in most orders?
-- Lift is how much oftener than by chance.
WITH baskets AS (
    SELECT order_id, sku
    FROM silver_order_lines
    WHERE line_class = 'sale'
    GROUP BY order_id, sku
),

totals AS (
    SELECT COUNT(DISTINCT order_id) AS orders
    FROM baskets
),

counted AS (
    SELECT sku, COUNT(*) AS orders
    FROM baskets
    GROUP BY sku
),

ranked AS (
    SELECT sku, orders, ROW_NUMBER() OVER (ORDER BY orders DESC, sku ASC) AS place
    FROM counted
),

popular AS (
    SELECT baskets.order_id, baskets.sku, ranked.orders
    FROM baskets
    INNER JOIN ranked ON baskets.sku = ranked.sku
    WHERE ranked.place <= 200
),

pairs AS (
    SELECT
        one.sku AS sku,
        other.sku AS other_sku,
        one.orders AS sku_orders,
        other.orders AS other_orders,
        COUNT(*) AS orders_together
    FROM popular AS one
    INNER JOIN popular AS other ON one.order_id = other.order_id AND one.sku < other.sku
    GROUP BY one.sku, other.sku, one.orders, other.orders
)

SELECT
    pairs.sku,
    pairs.other_sku,
    pairs.orders_together,
    CAST(pairs.orders_together * totals.orders AS DOUBLE)
    / CAST(pairs.sku_orders * pairs.other_orders AS DOUBLE) AS lift
FROM pairs
CROSS JOIN totals
ORDER BY pairs.orders_together DESC, pairs.sku ASC, pairs.other_sku ASC
LIMIT 100
