-- fail product_is_there_once: every product is there once
SELECT sku
FROM gold_inventory
GROUP BY sku
HAVING COUNT(*) > 1;

-- warn stock_is_not_negative: no more was sold than was there
SELECT sku
FROM published
WHERE stock_on_hand < 0;
