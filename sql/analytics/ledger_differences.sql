-- What do bronze, silver and gold hold differently?
-- Events of the last hour before silver's newest are not missed yet: Firehose may hold them.
-- Every table is named once: Athena reads a table again for each time that a query comes back to it.
WITH set_aside AS (
    SELECT DISTINCT shard_id, sequence_number, sub_sequence_number
    FROM quarantine_events
    WHERE reason = 'unreadable_row'
),

copies AS (
    SELECT bronze_order_events.event_id, bronze_order_events.ingested_at, CAST(NULL AS BIGINT) AS in_silver
    FROM bronze_order_events
    LEFT JOIN set_aside
        ON
            bronze_order_events.shard_id = set_aside.shard_id
            AND bronze_order_events.sequence_number = set_aside.sequence_number
            AND bronze_order_events.sub_sequence_number = set_aside.sub_sequence_number
    WHERE set_aside.shard_id IS NULL
    UNION ALL
    SELECT event_id, CAST(NULL AS BIGINT) AS ingested_at, CAST(1 AS BIGINT) AS in_silver
    FROM silver_order_events
),

events AS (
    SELECT MIN(ingested_at) AS ingested_at, COUNT(in_silver) AS in_silver
    FROM copies
    GROUP BY event_id
),

-- One row for all events that are in silver, and one for each moment at which a missing one arrived.
arrivals AS (
    SELECT
        CASE WHEN in_silver = 0 THEN ingested_at END AS missing_since,
        COUNT(*) AS events,
        COUNT(CASE WHEN ingested_at IS NULL THEN 1 END) AS unknown,
        COUNT(CASE WHEN in_silver > 1 THEN 1 END) AS repeated,
        MAX(CASE WHEN in_silver > 0 THEN ingested_at END) AS newest
    FROM events
    GROUP BY CASE WHEN in_silver = 0 THEN ingested_at END
),

dated AS (
    SELECT missing_since, events, unknown, repeated, MAX(newest) OVER () AS newest
    FROM arrivals
),

event_totals AS (
    SELECT
        SUM(CASE WHEN missing_since < newest - 3600000000 THEN events ELSE 0 END) AS missing,
        SUM(unknown) AS unknown,
        SUM(repeated) AS repeated
    FROM dated
),

silver_days AS (
    SELECT sales_date, currency, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
    FROM silver_order_lines
    GROUP BY sales_date, currency
),

gold_days AS (
    SELECT sales_date, currency, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
    FROM gold_daily_sales
    GROUP BY sales_date, currency
),

differences AS (
    SELECT 'events in bronze, not in silver' AS difference
    UNION ALL
    SELECT 'events in silver, not in bronze' AS difference
    UNION ALL
    SELECT 'events more than once in silver' AS difference
),

found AS (
    SELECT
        differences.difference,
        CASE differences.difference
            WHEN 'events in bronze, not in silver' THEN event_totals.missing
            WHEN 'events in silver, not in bronze' THEN event_totals.unknown
            ELSE event_totals.repeated
        END AS found
    FROM event_totals
    CROSS JOIN differences
    UNION ALL
    SELECT 'days with other sales in gold than in silver' AS difference, COUNT(*) AS found
    FROM silver_days
    FULL OUTER JOIN gold_days
        ON silver_days.sales_date = gold_days.sales_date AND silver_days.currency = gold_days.currency
    WHERE
        silver_days.amount IS NULL
        OR gold_days.amount IS NULL
        OR silver_days.amount <> gold_days.amount
)

SELECT difference, found
FROM found
WHERE found > 0
ORDER BY difference ASC
