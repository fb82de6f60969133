-- Payloads as a flat relation, one row per event (producer/contract.py, version 2).
CREATE OR REPLACE TEMP VIEW events AS
WITH decoded AS NOT MATERIALIZED (
    SELECT
        event_id,
        event_type,
        occurred_at,
        payload,
        from_json(
            payload,
            '{
                "order_id": "VARCHAR",
                "sku": "VARCHAR",
                "customer_id": "VARCHAR",
                "country": "VARCHAR",
                "currency": "VARCHAR",
                "kind": "VARCHAR",
                "quantity": "BIGINT",
                "description": "VARCHAR",
                "reference": "VARCHAR",
                "original_order_id": "VARCHAR",
                "amount": "VARCHAR",
                "lines": [{"quantity": "BIGINT", "unit_price": "VARCHAR"}]
            }'
        ) AS content
    FROM source_events
)

SELECT
    event_id,
    event_type,
    occurred_at,
    CAST(timezone(getvariable('shop_timezone'), occurred_at) AS DATE) AS event_date,
    content.order_id,
    content.sku,
    content.customer_id,
    content.country,
    content.currency,
    content.kind,
    content.quantity,
    content.description,
    content.reference,
    content.original_order_id,
    -- What was paid, or the sum of the lines; in other events these may be anything.
    -- DuckDB 1.4 reads text as the narrow decimal thirty times as fast.
    CASE
        WHEN event_type = 'order_paid' THEN CAST(CAST(content.amount AS DECIMAL(18, 4)) AS DECIMAL(38, 4))
        WHEN event_type IN ('order_placed', 'order_returned', 'order_adjusted')
            THEN list_sum(
                list_transform(
                    content.lines,
                    lambda line: CAST(CAST(line.quantity AS DECIMAL(19, 0)) * CAST(line.unit_price AS DECIMAL(18, 4)) AS DECIMAL(38, 4))
                )
            )
    END AS amount,
    payload
FROM decoded
