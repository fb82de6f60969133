-- fail key_is_there_once: every customer_id, currency is there once
SELECT customer_id, currency
FROM gold_customer_value
GROUP BY customer_id, currency
HAVING COUNT(*) > 1;

-- fail parts_add_up: the amount is sales, returns and adjustments together
SELECT customer_id
FROM published
WHERE amount <> gross_amount + returned_amount + adjusted_amount;

-- fail sums_are_those_of_silver: every customer has the sums of the lines
WITH here AS (
    SELECT customer_id, currency, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
    FROM gold_customer_value
    GROUP BY customer_id, currency
),

there AS (
    SELECT customer_id, currency, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
    FROM silver_order_lines
    WHERE customer_id IS NOT NULL
    GROUP BY customer_id, currency
)

SELECT COALESCE(here.customer_id, there.customer_id) AS customer_id
FROM here
FULL OUTER JOIN there ON here.customer_id = there.customer_id AND here.currency = there.currency
WHERE here.amount IS NULL OR there.amount IS NULL OR here.amount <> there.amount;
