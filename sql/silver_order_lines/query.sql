-- Every line of every order, return and adjustment, with its exact amount.
WITH source AS (
    SELECT
        event_id,
        event_type,
        occurred_at,
        sales_date,
        order_id,
        customer_id,
        country,
        currency,
        line_number,
        sku,
        description,
        category,
        quantity,
        unit_price
    FROM lines
),

final AS (
    SELECT
        event_id,
        order_id,
        line_number,
        CASE event_type
            WHEN 'order_placed' THEN 'sale'
            WHEN 'order_returned' THEN 'return'
            WHEN 'order_adjusted' THEN 'adjustment'
        END AS line_class,
        occurred_at,
        sales_date,
        sku,
        description,
        category,
        customer_id,
        country,
        currency,
        quantity,
        unit_price,
        CAST(CAST(quantity AS DECIMAL(19, 0)) * unit_price AS DECIMAL(28, 4)) AS amount
    FROM source
    WHERE event_type IN ('order_placed', 'order_returned', 'order_adjusted')
)

SELECT
    event_id,
    order_id,
    line_number,
    line_class,
    occurred_at,
    sales_date,
    sku,
    description,
    category,
    customer_id,
    country,
    currency,
    quantity,
    unit_price,
    amount
FROM final
