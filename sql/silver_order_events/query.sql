-- Every event exactly once. Copies with one id and different content: the longer payload wins, then the
-- smaller text; a total order, so the choice does not depend on the order of arrival.
WITH source AS (
    SELECT event_id, event_type, occurred_at, order_id, sku, customer_id, country, currency, payload
    FROM events
),

ranked AS (
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
        ROW_NUMBER() OVER (
            PARTITION BY event_id
            ORDER BY LENGTH(payload) DESC, payload ASC, event_type ASC, occurred_at ASC
        ) AS choice
    FROM source
),

final AS (
    SELECT event_id, event_type, occurred_at, order_id, sku, customer_id, country, currency, payload
    FROM ranked
    WHERE choice = 1
)

SELECT event_id, event_type, occurred_at, order_id, sku, customer_id, country, currency, payload
FROM final
