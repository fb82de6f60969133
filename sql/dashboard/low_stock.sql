-- Which products run out soon at the demand of the last four weeks?
-- A product is of every category that its order lines name.
WITH products AS (
    SELECT sku, MAX(description) AS description
    FROM silver_order_lines
    WHERE ? IN (category, '')
    GROUP BY sku
)

SELECT
    gold_inventory.sku,
    products.description,
    gold_inventory.stock_on_hand,
    gold_inventory.demand_units,
    gold_inventory.demand_per_day,
    gold_inventory.days_of_cover,
    gold_inventory.counted_at,
    gold_inventory.as_of_date
FROM gold_inventory
LEFT JOIN products ON gold_inventory.sku = products.sku
WHERE gold_inventory.is_low_stock AND (? = '' OR products.sku IS NOT NULL)
ORDER BY
    COALESCE(gold_inventory.days_of_cover, CAST(0 AS DOUBLE)) ASC,
    gold_inventory.demand_units DESC,
    gold_inventory.sku ASC
