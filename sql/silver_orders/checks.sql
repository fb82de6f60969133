-- fail order_is_there_once: every order is there once
SELECT order_id
FROM silver_orders
GROUP BY order_id
HAVING COUNT(*) > 1;

-- fail parts_add_up: the amount is sales, returns and adjustments together
SELECT order_id
FROM published
WHERE amount <> gross_amount + returned_amount + adjusted_amount;

-- warn order_has_one_currency: all events of an order name one currency
SELECT order_id
FROM published
WHERE amount IS NULL;

-- warn order_was_placed: what is paid, shipped, delivered or cancelled was placed
SELECT order_id
FROM published
WHERE
    placed_at IS NULL
    AND (
        paid_at IS NOT NULL OR shipped_at IS NOT NULL OR delivered_at IS NOT NULL OR cancelled_at IS NOT NULL
    );

-- warn paid_is_the_price: what was paid is the sum of the sale lines
SELECT order_id
FROM published
WHERE paid_at IS NOT NULL AND placed_at IS NOT NULL AND paid_amount <> gross_amount;
