-- How much of the assortment is low?
-- A product is of every category that its order lines name.
SELECT
    COUNT(*) AS products,
    COUNT(CASE WHEN is_low_stock THEN 1 END) AS low,
    COUNT(CASE WHEN stock_on_hand <= 0 THEN 1 END) AS out_of_stock,
    COUNT(CASE WHEN stock_on_hand IS NULL THEN 1 END) AS never_counted,
    MAX(as_of_date) AS as_of_date
FROM gold_inventory
WHERE ? = '' OR sku IN (SELECT sku FROM silver_order_lines WHERE category = ?)
