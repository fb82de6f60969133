-- Every event exactly once. Copies with one id and different content: the longer payload wins, then the
-- smaller text; a total order, so the choice does not depend on the order of arrival. Only ids that repeat
-- are ranked: they are few, and sorting whole payloads is dear.
WITH source AS (
    SELECT
        event_id,
        event_type,
        occurred_at,
        COALESCE(original_order_id, order_id) AS order_id,
        sku,
        customer_id,
        country,
        currency,
        payload,
        amount,
        event_date
    FROM events
),

repeated AS (
    SELECT event_id
    FROM source
    GROUP BY event_id
    HAVING COUNT(*) > 1
),

single AS (
    SELECT event_id, event_type, occurred_at, order_id, sku, customer_id, country, currency, payload, amount, event_date
    FROM source
    WHERE event_id NOT IN (SELECT event_id FROM repeated)
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
        amount,
        event_date,
        ROW_NUMBER() OVER (
            PARTITION BY event_id
            ORDER BY LENGTH(payload) DESC, payload ASC, event_type ASC, occurred_at ASC
        ) AS choice
    FROM source
    WHERE event_id IN (SELECT event_id FROM repeated)
),

final AS (
    SELECT event_id, event_type, occurred_at, order_id, sku, customer_id, country, currency, payload, amount, event_date
    FROM single
    UNION ALL
    SELECT event_id, event_type, occurred_at, order_id, sku, customer_id, country, currency, payload, amount, event_date
    FROM ranked
    WHERE choice = 1
)

SELECT event_id, event_type, occurred_at, order_id, sku, customer_id, country, currency, payload, amount, event_date
FROM final
