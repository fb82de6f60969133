-- What do bronze, silver and gold hold differently?
-- Events of the last hour before silver's newest are not missed yet: Firehose may hold them.
WITH set_aside AS (
    SELECT DISTINCT shard_id, sequence_number, sub_sequence_number
    FROM quarantine_events
    WHERE reason = 'unreadable_row'
),

bronze AS (
    SELECT bronze_order_events.event_id, MIN(bronze_order_events.ingested_at) AS ingested_at
    FROM bronze_order_events
    LEFT JOIN set_aside
        ON
            bronze_order_events.shard_id = set_aside.shard_id
            AND bronze_order_events.sequence_number = set_aside.sequence_number
            AND bronze_order_events.sub_sequence_number = set_aside.sub_sequence_number
    WHERE set_aside.shard_id IS NULL
    GROUP BY bronze_order_events.event_id
),

silver AS (
    SELECT event_id, COUNT(*) AS copies
    FROM silver_order_events
    GROUP BY event_id
),

paired AS (
    SELECT
        bronze.ingested_at,
        silver.copies,
        MAX(CASE WHEN silver.copies IS NOT NULL THEN bronze.ingested_at END) OVER () AS newest
    FROM bronze
    FULL OUTER JOIN silver ON bronze.event_id = silver.event_id
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

found AS (
    SELECT 'events in bronze, not in silver' AS difference, COUNT(*) AS found
    FROM paired
    WHERE copies IS NULL AND ingested_at < newest - 3600000000
    UNION ALL
    SELECT 'events in silver, not in bronze' AS difference, COUNT(*) AS found
    FROM paired
    WHERE ingested_at IS NULL
    UNION ALL
    SELECT 'events more than once in silver' AS difference, COUNT(*) AS found
    FROM paired
    WHERE copies > 1
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
