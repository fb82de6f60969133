-- Silver, and what arrived in the last six hours and is not in silver yet (is_live).
-- Of bronze only the partitions of these hours are read; the join with silver is an inner one, with silver on
-- the left, so that Athena reads only the files of silver in which such events can be.
CREATE OR REPLACE VIEW live_order_events AS
WITH arrived AS (
    SELECT
        event_id,
        event_type,
        CAST(FROM_UNIXTIME_NANOS(occurred_at * 1000) AS TIMESTAMP(6) WITH TIME ZONE) AS occurred_at,
        payload
    FROM bronze_order_events
    WHERE arrival_hour >= DATE_FORMAT(CURRENT_TIMESTAMP - INTERVAL '6' HOUR, '%Y-%m-%d-%H')
),

-- Of copies the one that silver will take.
ranked AS (
    SELECT
        event_id,
        event_type,
        occurred_at,
        payload,
        ROW_NUMBER() OVER (
            PARTITION BY event_id
            ORDER BY LENGTH(payload) DESC, payload ASC, event_type ASC, occurred_at ASC
        ) AS choice
    FROM arrived
),

known AS (
    SELECT DISTINCT silver_order_events.event_id
    FROM silver_order_events
    INNER JOIN arrived
        ON
            silver_order_events.event_id = arrived.event_id
            AND silver_order_events.occurred_at = arrived.occurred_at
),

live AS (
    SELECT ranked.event_id, ranked.event_type, ranked.occurred_at, ranked.payload
    FROM ranked
    LEFT JOIN known ON ranked.event_id = known.event_id
    WHERE ranked.choice = 1 AND known.event_id IS NULL
),

final AS (
    SELECT
        event_id,
        event_type,
        occurred_at,
        order_id,
        sku,
        customer_id,
        country,
        currency,
        payload,
        FALSE AS is_live
    FROM silver_order_events
    UNION ALL
    SELECT
        event_id,
        event_type,
        occurred_at,
        COALESCE(
            JSON_EXTRACT_SCALAR(payload, '$.original_order_id'), JSON_EXTRACT_SCALAR(payload, '$.order_id')
        ) AS order_id,
        JSON_EXTRACT_SCALAR(payload, '$.sku') AS sku,
        JSON_EXTRACT_SCALAR(payload, '$.customer_id') AS customer_id,
        JSON_EXTRACT_SCALAR(payload, '$.country') AS country,
        JSON_EXTRACT_SCALAR(payload, '$.currency') AS currency,
        payload,
        TRUE AS is_live
    FROM live
)

SELECT
    event_id,
    event_type,
    occurred_at,
    order_id,
    sku,
    customer_id,
    country,
    currency,
    payload,
    is_live
FROM final
