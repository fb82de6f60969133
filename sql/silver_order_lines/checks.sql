-- fail line_is_there_once: no line of an event is published twice
SELECT event_id, line_number
FROM published
GROUP BY event_id, line_number
HAVING COUNT(*) > 1;

-- fail line_class_is_known: a line is a sale, a return or an adjustment
SELECT event_id
FROM published
WHERE line_class NOT IN ('sale', 'return', 'adjustment');

-- fail amount_is_exact: the amount is the quantity times the price
SELECT event_id
FROM published
WHERE amount <> CAST(CAST(quantity AS DECIMAL(19, 0)) * unit_price AS DECIMAL(28, 4));

-- warn sale_has_a_price: lines that are sold have a price
SELECT event_id
FROM published
WHERE line_class = 'sale' AND unit_price = CAST(0 AS DECIMAL(18, 4));
