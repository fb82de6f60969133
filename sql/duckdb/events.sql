-- Payloads as a flat relation, one row per event (producer/contract.py, version 1).
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
                "reference": "VARCHAR"
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
    payload
FROM decoded
