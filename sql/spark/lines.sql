-- Payloads as a flat relation, one row per order line (producer/contract.py).
-- Parameters: shop_timezone. The session's time zone is UTC.
WITH decoded AS (
    SELECT
        event_id,
        event_type,
        occurred_at,
        from_json(
            payload,
            'order_id STRING, customer_id STRING, country STRING, currency STRING,
            lines ARRAY<STRUCT<
                line_number BIGINT, sku STRING, description STRING, category STRING,
                quantity BIGINT, unit_price STRING
            >>'
        ) AS content
    FROM source_events
    WHERE event_type IN ('order_placed', 'order_returned', 'order_adjusted')
),

unnested AS (
    SELECT event_id, event_type, occurred_at, content, explode(content.lines) AS line
    FROM decoded
)

SELECT
    event_id,
    event_type,
    occurred_at,
    CAST(from_utc_timestamp(occurred_at, :shop_timezone) AS DATE) AS sales_date,
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
