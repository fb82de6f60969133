-- The last hour by event time, per currency: orders placed, orders paid and what was paid.
CREATE OR REPLACE VIEW live_sales_last_hour AS
WITH source AS (
    SELECT event_type, order_id, currency, payload
    FROM live_order_events
    WHERE
        occurred_at >= CURRENT_TIMESTAMP - INTERVAL '1' HOUR
        AND event_type IN ('order_placed', 'order_paid')
),

final AS (
    SELECT
        currency,
        COUNT(DISTINCT CASE WHEN event_type = 'order_placed' THEN order_id END) AS orders_placed,
        COUNT(DISTINCT CASE WHEN event_type = 'order_paid' THEN order_id END) AS orders_paid,
        CAST(
            SUM(
                CASE
                    WHEN event_type = 'order_paid'
                        THEN CAST(JSON_EXTRACT_SCALAR(payload, '$.amount') AS DECIMAL(18, 4))
                    ELSE CAST(0 AS DECIMAL(18, 4))
                END
            ) AS DECIMAL(38, 4)
        ) AS paid_amount
    FROM source
    GROUP BY currency
)

SELECT currency, orders_placed, orders_paid, paid_amount
FROM final
