-- A row is sound where all tables can be made of it; whatever else the contract demands is the consumer's.
WITH decoded AS (
    SELECT
        *,
        get_json_object(payload, '$') IS NOT NULL AS is_json,
        from_json(
            payload,
            'order_id STRING, sku STRING, country STRING, currency STRING, kind STRING, quantity BIGINT,
            amount STRING,
            lines ARRAY<STRUCT<line_number BIGINT, sku STRING, quantity BIGINT, unit_price STRING>>'
        ) AS content,
        -- From 1900 to 3000, as in the contract.
        CASE
            WHEN occurred_at BETWEEN -2208988800000000 AND 32503680000000000 THEN timestamp_micros(occurred_at)
        END AS moment
    FROM bronze_rows
)

SELECT
    *,
    coalesce(
        event_id IS NOT NULL
        AND event_type IS NOT NULL
        AND moment IS NOT NULL
        AND is_json
        AND startswith(ltrim(payload), '{')
        AND CASE
            WHEN event_type IN ('order_placed', 'order_returned', 'order_adjusted')
                THEN
                    content.order_id IS NOT NULL
                    AND content.country IS NOT NULL
                    AND content.currency IS NOT NULL
                    AND size(content.lines) > 0
                    AND NOT exists(
                        content.lines,
                        line ->
                            line.line_number IS NULL
                            OR line.sku IS NULL
                            OR line.quantity IS NULL
                            OR line.quantity NOT BETWEEN -2147483648 AND 2147483647
                            OR try_cast(line.unit_price AS DECIMAL(18, 4)) IS NULL
                    )
            WHEN event_type = 'order_paid'
                THEN content.order_id IS NOT NULL AND try_cast(content.amount AS DECIMAL(18, 4)) IS NOT NULL
            WHEN event_type IN ('order_shipped', 'order_delivered', 'order_cancelled')
                THEN content.order_id IS NOT NULL
            WHEN event_type = 'stock_adjusted'
                THEN
                    content.sku IS NOT NULL
                    AND content.quantity IS NOT NULL
                    AND content.kind IN ('movement', 'count')
            ELSE true
        END,
        false
    ) AS is_sound
FROM decoded
