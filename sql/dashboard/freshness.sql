-- How fresh is each layer?
-- Bronze and quarantine: the last record of the last six hours; silver and gold: the last run that published.
WITH moments AS (
    SELECT 1 AS place, 'bronze' AS layer, MAX(FROM_UNIXTIME_NANOS(ingested_at * 1000)) AS fresh_at
    FROM bronze_order_events
    WHERE arrival_hour >= DATE_FORMAT(CURRENT_TIMESTAMP - INTERVAL '6' HOUR, '%Y-%m-%d-%H')
    UNION ALL
    SELECT 2 AS place, 'quarantine' AS layer, MAX(FROM_UNIXTIME_NANOS(rejected_at * 1000)) AS fresh_at
    FROM quarantine_events
    WHERE arrival_hour >= DATE_FORMAT(CURRENT_TIMESTAMP - INTERVAL '6' HOUR, '%Y-%m-%d-%H')
    UNION ALL
    SELECT 3 AS place, 'silver' AS layer, MAX(checked_at) AS fresh_at
    FROM check_results
    WHERE table_name LIKE 'silver%'
    UNION ALL
    SELECT 4 AS place, 'gold' AS layer, MAX(checked_at) AS fresh_at
    FROM check_results
    WHERE table_name LIKE 'gold%'
)

SELECT
    place,
    layer,
    CAST(fresh_at AS TIMESTAMP(3) WITH TIME ZONE) AS fresh_at,
    DATE_DIFF('second', fresh_at, CURRENT_TIMESTAMP) AS seconds_ago
FROM moments
ORDER BY place ASC
