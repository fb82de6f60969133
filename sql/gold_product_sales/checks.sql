-- fail key_is_there_once: every sales_date, sku, currency is there once
SELECT sales_date, sku, currency
FROM gold_product_sales
GROUP BY sales_date, sku, currency
HAVING COUNT(*) > 1;

-- fail parts_add_up: the amount is sales, returns and adjustments together
SELECT sales_date, sku, currency
FROM published
WHERE amount <> gross_amount + returned_amount + adjusted_amount;

-- fail sums_are_those_of_silver: every day has the sums of its lines
WITH here AS (
    SELECT sales_date, currency, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
    FROM gold_product_sales
    GROUP BY sales_date, currency
),

there AS (
    SELECT sales_date, currency, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
    FROM silver_order_lines
    GROUP BY sales_date, currency
)

SELECT COALESCE(here.sales_date, there.sales_date) AS sales_date
FROM here
FULL OUTER JOIN there ON here.sales_date = there.sales_date AND here.currency = there.currency
WHERE here.amount IS NULL OR there.amount IS NULL OR here.amount <> there.amount;
