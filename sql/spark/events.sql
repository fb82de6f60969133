-- Payloads as a flat relation, one row per event (producer/contract.py).
-- Parameters: shop_timezone. The session's time zone is UTC.
WITH decoded AS (
    SELECT
        event_id,
        event_type,
        occurred_at,
        payload,
        from_json(
            payload,
            'order_id STRING, sku STRING, customer_id STRING, country STRING, currency STRING, kind STRING,
            quantity BIGINT, description STRING, reference STRING, original_order_id STRING, amount STRING,
            lines ARRAY<STRUCT<quantity BIGINT, unit_price STRING>>'
        ) AS content
    FROM source_events
)

SELECT
    event_id,
    event_type,
    occurred_at,
    CAST(from_utc_timestamp(occurred_at, :shop_timezone) AS DATE) AS event_date,
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
    CASE
        WHEN event_type = 'order_paid' THEN CAST(content.amount AS DECIMAL(38, 4))
        WHEN event_type IN ('order_placed', 'order_returned', 'order_adjusted')
            THEN aggregate(
                content.lines,
                CAST(0 AS DECIMAL(38, 4)),
                (total, line) -> CAST(
                    total + CAST(line.quantity AS DECIMAL(19, 0)) * CAST(line.unit_price AS DECIMAL(18, 4))
                    AS DECIMAL(38, 4)
                )
            )
    END AS amount,
    payload
FROM decoded
