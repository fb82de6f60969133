-- Customers by lifetime value within their currency, in tenths: value_decile 1 is the top 10%.
-- Customers of one value share a rank, and so a decile; a decile may then hold more than a tenth.
CREATE OR REPLACE VIEW customer_value_deciles AS
WITH ranked AS (
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
        last_order_at,
        RANK() OVER (PARTITION BY currency ORDER BY amount DESC) AS value_rank,
        COUNT(*) OVER (PARTITION BY currency) AS customers
    FROM gold_customer_value
),

final AS (
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
        last_order_at,
        value_rank,
        CAST(
            1 + FLOOR(CAST(10 * (value_rank - 1) AS DOUBLE) / CAST(customers AS DOUBLE)) AS BIGINT
        ) AS value_decile
    FROM ranked
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
    last_order_at,
    value_rank,
    value_decile
FROM final
