-- How many orders were placed and paid in each minute of the last hour?
WITH events AS (
    SELECT event_type, order_id, CAST(DATE_TRUNC('minute', occurred_at) AS TIMESTAMP(3) WITH TIME ZONE) AS minute_at
    FROM live_order_events
    WHERE
        occurred_at >= CURRENT_TIMESTAMP - INTERVAL '1' HOUR
        AND event_type IN ('order_placed', 'order_paid')
        AND currency = ?
)

SELECT
    minute_at,
    COUNT(DISTINCT CASE WHEN event_type = 'order_placed' THEN order_id END) AS orders_placed,
    COUNT(DISTINCT CASE WHEN event_type = 'order_paid' THEN order_id END) AS orders_paid
FROM events
GROUP BY minute_at
ORDER BY minute_at ASC
