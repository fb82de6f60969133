-- Sales, returns and adjustments per day, product and currency.
-- Orders are folded first: to count distinct orders at once would keep them all in memory.
WITH source AS (
    SELECT sales_date, sku, currency, description, line_class, order_id, quantity, amount
    FROM silver_order_lines
),

classed AS (
    SELECT
        sales_date,
        sku,
        currency,
        order_id,
        description,
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
        sales_date,
        sku,
        currency,
        MAX(description) AS description,
        MAX(is_sale) AS is_sale,
        CAST(SUM(sale_units) AS BIGINT) AS units,
        CAST(SUM(sale_amount) AS DECIMAL(38, 4)) AS gross_amount,
        CAST(SUM(return_amount) AS DECIMAL(38, 4)) AS returned_amount,
        CAST(SUM(adjustment_amount) AS DECIMAL(38, 4)) AS adjusted_amount,
        CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
    FROM classed
    GROUP BY sales_date, sku, currency, order_id
),

final AS (
    SELECT
        sales_date,
        sku,
        currency,
        MAX(description) AS description,
        CAST(SUM(is_sale) AS BIGINT) AS orders,
        CAST(SUM(units) AS BIGINT) AS units,
        CAST(SUM(gross_amount) AS DECIMAL(38, 4)) AS gross_amount,
        CAST(SUM(returned_amount) AS DECIMAL(38, 4)) AS returned_amount,
        CAST(SUM(adjusted_amount) AS DECIMAL(38, 4)) AS adjusted_amount,
        CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
    FROM folded
    GROUP BY sales_date, sku, currency
)

SELECT
    sales_date,
    sku,
    currency,
    description,
    orders,
    units,
    gross_amount,
    returned_amount,
    adjusted_amount,
    amount
FROM final
