-- Every change or count of stock outside of orders.
WITH source AS (
    SELECT event_id, event_type, occurred_at, event_date, sku, kind, quantity, description, reference
    FROM events
),

final AS (
    SELECT
        event_id,
        occurred_at,
        event_date AS movement_date,
        sku,
        kind,
        quantity,
        description,
        reference
    FROM source
    WHERE event_type = 'stock_adjusted'
)

SELECT event_id, occurred_at, movement_date, sku, kind, quantity, description, reference
FROM final
