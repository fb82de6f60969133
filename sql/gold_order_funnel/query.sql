-- Orders by the day that they were placed on, and how far they came since.
WITH source AS (
    SELECT
        order_id, placed_date, placed_at, paid_at, shipped_at, delivered_at, cancelled_at, first_returned_at
    FROM silver_orders
    WHERE placed_date IS NOT NULL
),

timed AS (
    SELECT
        order_id,
        placed_date,
        CASE WHEN paid_at IS NULL THEN 0 ELSE 1 END AS is_paid,
        CASE WHEN shipped_at IS NULL THEN 0 ELSE 1 END AS is_shipped,
        CASE WHEN delivered_at IS NULL THEN 0 ELSE 1 END AS is_delivered,
        CASE WHEN cancelled_at IS NULL THEN 0 ELSE 1 END AS is_cancelled,
        CASE WHEN first_returned_at IS NULL THEN 0 ELSE 1 END AS is_returned,
        -- Engines agree on the difference of whole seconds only.
        CAST(
            DATE_DIFF('second', DATE_TRUNC('second', placed_at), DATE_TRUNC('second', shipped_at)) AS BIGINT
        ) AS ship_seconds
    FROM source
),

ranked AS (
    SELECT
        placed_date,
        is_paid,
        is_shipped,
        is_delivered,
        is_cancelled,
        is_returned,
        ship_seconds,
        -- Among the shipped and among the others, so that the shipped count from 1.
        ROW_NUMBER() OVER (
            PARTITION BY placed_date, is_shipped
            ORDER BY ship_seconds ASC, order_id ASC
        ) AS place,
        SUM(is_shipped) OVER (PARTITION BY placed_date) AS shipped
    FROM timed
),

final AS (
    SELECT
        placed_date,
        CAST(COUNT(*) AS BIGINT) AS placed,
        CAST(SUM(is_paid) AS BIGINT) AS paid,
        CAST(SUM(is_shipped) AS BIGINT) AS shipped,
        CAST(SUM(is_delivered) AS BIGINT) AS delivered,
        CAST(SUM(is_cancelled) AS BIGINT) AS cancelled,
        CAST(SUM(is_returned) AS BIGINT) AS returned,
        CAST(SUM(ship_seconds) AS BIGINT) AS ship_seconds_total,
        AVG(CAST(ship_seconds AS DOUBLE)) AS ship_seconds_average,
        AVG(
            CASE WHEN place * 2 >= shipped AND place * 2 <= shipped + 2 THEN CAST(ship_seconds AS DOUBLE) END
        ) AS ship_seconds_median
    FROM ranked
    GROUP BY placed_date
)

SELECT
    placed_date,
    placed,
    paid,
    shipped,
    delivered,
    cancelled,
    returned,
    ship_seconds_total,
    ship_seconds_average,
    ship_seconds_median
FROM final
