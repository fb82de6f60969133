-- Every order, folded from its events: minima and maxima, so that neither the order of arrival nor ties matter.
WITH source AS (
    SELECT order_id, event_type, occurred_at, event_date, customer_id, country, currency, amount
    FROM silver_order_events
    WHERE order_id IS NOT NULL
),

classed AS (
    SELECT
        order_id,
        occurred_at,
        CASE WHEN event_type = 'order_placed' THEN event_date END AS placed_date,
        CASE WHEN event_type = 'order_placed' THEN occurred_at END AS placed_at,
        CASE WHEN event_type = 'order_paid' THEN occurred_at END AS paid_at,
        CASE WHEN event_type = 'order_shipped' THEN occurred_at END AS shipped_at,
        CASE WHEN event_type = 'order_delivered' THEN occurred_at END AS delivered_at,
        CASE WHEN event_type = 'order_cancelled' THEN occurred_at END AS cancelled_at,
        CASE WHEN event_type = 'order_returned' THEN occurred_at END AS returned_at,
        CASE WHEN event_type <> 'order_adjusted' THEN occurred_at END AS transition_at,
        CASE WHEN event_type = 'order_placed' THEN customer_id END AS placed_customer,
        CASE WHEN event_type = 'order_placed' THEN country END AS placed_country,
        customer_id,
        country,
        currency,
        CASE WHEN event_type = 'order_placed' THEN amount ELSE CAST(0 AS DECIMAL(38, 4)) END AS gross,
        CASE WHEN event_type = 'order_returned' THEN amount ELSE CAST(0 AS DECIMAL(38, 4)) END AS returned,
        CASE WHEN event_type = 'order_adjusted' THEN amount ELSE CAST(0 AS DECIMAL(38, 4)) END AS adjusted,
        CASE WHEN event_type = 'order_paid' THEN amount ELSE CAST(0 AS DECIMAL(38, 4)) END AS paid
    FROM source
),

folded AS (
    SELECT
        order_id,
        COALESCE(MIN(placed_customer), MIN(customer_id)) AS customer_id,
        COALESCE(MIN(placed_country), MIN(country)) AS country,
        MIN(currency) AS first_currency,
        MAX(currency) AS last_currency,
        MIN(placed_date) AS placed_date,
        MIN(placed_at) AS placed_at,
        MIN(paid_at) AS paid_at,
        MIN(shipped_at) AS shipped_at,
        MIN(delivered_at) AS delivered_at,
        MIN(cancelled_at) AS cancelled_at,
        MIN(returned_at) AS first_returned_at,
        MAX(placed_at) AS last_placed_at,
        MAX(paid_at) AS last_paid_at,
        MAX(shipped_at) AS last_shipped_at,
        MAX(delivered_at) AS last_delivered_at,
        MAX(cancelled_at) AS last_cancelled_at,
        MAX(returned_at) AS last_returned_at,
        MAX(transition_at) AS last_transition_at,
        MAX(occurred_at) AS last_event_at,
        CAST(COUNT(*) AS BIGINT) AS events,
        CAST(SUM(gross) AS DECIMAL(38, 4)) AS gross,
        CAST(SUM(returned) AS DECIMAL(38, 4)) AS returned,
        CAST(SUM(adjusted) AS DECIMAL(38, 4)) AS adjusted,
        CAST(SUM(paid) AS DECIMAL(38, 4)) AS paid
    FROM classed
    GROUP BY order_id
),

final AS (
    SELECT
        order_id,
        CASE
            WHEN last_returned_at = last_transition_at THEN 'returned'
            WHEN last_cancelled_at = last_transition_at THEN 'cancelled'
            WHEN last_delivered_at = last_transition_at THEN 'delivered'
            WHEN last_shipped_at = last_transition_at THEN 'shipped'
            WHEN last_paid_at = last_transition_at THEN 'paid'
            WHEN last_placed_at = last_transition_at THEN 'placed'
            ELSE 'adjusted'
        END AS state,
        customer_id,
        country,
        CASE WHEN first_currency = last_currency THEN first_currency END AS currency,
        placed_date,
        placed_at,
        paid_at,
        shipped_at,
        delivered_at,
        cancelled_at,
        first_returned_at,
        last_returned_at,
        last_event_at,
        events,
        CASE WHEN first_currency = last_currency THEN gross END AS gross_amount,
        CASE WHEN first_currency = last_currency THEN returned END AS returned_amount,
        CASE WHEN first_currency = last_currency THEN adjusted END AS adjusted_amount,
        CASE
            WHEN first_currency = last_currency THEN CAST(gross + returned + adjusted AS DECIMAL(38, 4))
        END AS amount,
        CASE WHEN first_currency = last_currency THEN paid END AS paid_amount
    FROM folded
)

SELECT
    order_id,
    state,
    customer_id,
    country,
    currency,
    placed_date,
    placed_at,
    paid_at,
    shipped_at,
    delivered_at,
    cancelled_at,
    first_returned_at,
    last_returned_at,
    last_event_at,
    events,
    gross_amount,
    returned_amount,
    adjusted_amount,
    amount,
    paid_amount
FROM final
