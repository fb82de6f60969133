-- fail event_is_new_once: no event is published twice
SELECT event_id
FROM published
GROUP BY event_id
HAVING COUNT(*) > 1;

-- warn event_is_about_something: every event names an order or a product
SELECT event_id
FROM published
WHERE order_id IS NULL AND sku IS NULL;
