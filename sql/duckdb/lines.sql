-- Payloads as a flat relation, one row per order line (producer/contract.py, version 2).
CREATE OR REPLACE TEMP VIEW lines AS
WITH decoded AS NOT MATERIALIZED (
    SELECT
        event_id,
        event_type,
        occurred_at,
        from_json(
            payload,
            '{
                "order_id": "VARCHAR",
                "customer_id": "VARCHAR",
                "country": "VARCHAR",
                "currency": "VARCHAR",
                "lines": [{
                    "line_number": "BIGINT",
                    "sku": "VARCHAR",
                    "description": "VARCHAR",
                    "category": "VARCHAR",
                    "quantity": "BIGINT",
                    "unit_price": "VARCHAR"
                }]
            }'
        ) AS content
    FROM source_events
    WHERE event_type IN ('order_placed', 'order_returned', 'order_adjusted')
),

unnested AS NOT MATERIALIZED (
    SELECT event_id, event_type, occurred_at, content, unnest(content.lines) AS line
    FROM decoded
)

SELECT
    event_id,
    event_type,
    occurred_at,
    CAST(timezone(getvariable('shop_timezone'), occurred_at) AS DATE) AS sales_date,
    content.order_id,
    content.customer_id,
    content.country,
    content.currency,
    line.line_number,
    line.sku,
    line.description,
    coalesce(line.category, 'uncategorised') AS category,
    line.quantity,
    CAST(line.unit_price AS DECIMAL(18, 4)) AS unit_price
FROM unnested
