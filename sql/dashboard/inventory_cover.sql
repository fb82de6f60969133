-- How long does the stock of each product last?
-- A product is of every category that its order lines name.
WITH classed AS (
    SELECT
        CASE
            WHEN stock_on_hand IS NULL THEN 7
            WHEN stock_on_hand <= 0 THEN 1
            WHEN days_of_cover IS NULL THEN 6
            WHEN days_of_cover < CAST(7 AS DOUBLE) THEN 2
            WHEN days_of_cover < CAST(14 AS DOUBLE) THEN 3
            WHEN days_of_cover < CAST(28 AS DOUBLE) THEN 4
            ELSE 5
        END AS place
    FROM gold_inventory
    WHERE ? = '' OR sku IN (SELECT sku FROM silver_order_lines WHERE category = ?)
)

SELECT
    place,
    CASE place
        WHEN 1 THEN 'out of stock'
        WHEN 2 THEN 'under 7 days'
        WHEN 3 THEN '7 to 14 days'
        WHEN 4 THEN '14 to 28 days'
        WHEN 5 THEN '28 days or more'
        WHEN 6 THEN 'no demand'
        ELSE 'never counted'
    END AS cover,
    COUNT(*) AS products
FROM classed
GROUP BY place
ORDER BY place ASC
