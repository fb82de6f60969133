-- Lifetime value of every known customer.
-- Orders are folded first: to count distinct orders at once would keep them all in memory.
WITH source AS (
    SELECT customer_id, currency, occurred_at, line_class, order_id, quantity, amount
    FROM silver_order_lines
    WHERE customer_id IS NOT NULL
),

classed AS (
    SELECT
        customer_id,
        currency,
        order_id,
        CASE WHEN line_class = 'sale' THEN occurred_at END AS sale_at,
        CASE WHEN line_class = 'sale' THEN 1 ELSE 0 END AS is_sale,
        CASE WHEN line_class = 'sale' THEN quantity ELSE 0 END AS sale_units,
        CASE WHEN line_class = 'sale' THEN amount ELSE CAST(0 AS DECIMAL(28, 4)) END AS sale_amount,
        CASE WHEN line_class = 'return' THEN amount ELSE CAST(0 AS DECIMAL(28, 4)) END AS return_amount,
        CASE WHEN line_class = 'adjustment' THEN amount ELSE CAST(0 AS DECIMAL(28, 4)) END AS adjustment_amount,
        amount
    FROM source
),

folded AS (
    SELECT
        customer_id,
        currency,
        MIN(sale_at) AS first_order_at,
        MAX(sale_at) AS last_order_at,
        MAX(is_sale) AS is_sale,
        CAST(SUM(sale_units) AS BIGINT) AS units,
        CAST(SUM(sale_amount) AS DECIMAL(38, 4)) AS gross_amount,
        CAST(SUM(return_amount) AS DECIMAL(38, 4)) AS returned_amount,
        CAST(SUM(adjustment_amount) AS DECIMAL(38, 4)) AS adjusted_amount,
        CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
    FROM classed
    GROUP BY customer_id, currency, order_id
),

final AS (
    SELECT
        customer_id,
        currency,
        CAST(SUM(is_sale) AS BIGINT) AS orders,
        CAST(SUM(units) AS BIGINT) AS units,
        CAST(SUM(gross_amount) AS DECIMAL(38, 4)) AS gross_amount,
        CAST(SUM(returned_amount) AS DECIMAL(38, 4)) AS returned_amount,
        CAST(SUM(adjusted_amount) AS DECIMAL(38, 4)) AS adjusted_amount,
        CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount,
        MIN(first_order_at) AS first_order_at,
        MAX(last_order_at) AS last_order_at
    FROM folded
    GROUP BY customer_id, currency
)

SELECT
    customer_id,
    currency,
    orders,
    units,
    gross_amount,
    returned_amount,
    adjusted_amount,
    amount,
    first_order_at,
    last_order_at
FROM final
