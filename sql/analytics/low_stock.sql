-- Which products run out soon at the demand of the last four weeks?
SELECT sku, stock_on_hand, demand_units, demand_per_day, days_of_cover, counted_at, as_of_date
FROM gold_inventory
WHERE is_low_stock
ORDER BY COALESCE(days_of_cover, CAST(0 AS DOUBLE)) ASC, demand_units DESC, sku ASC
