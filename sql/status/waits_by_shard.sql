-- How long did accepted events wait in each shard, in the last fifteen minutes?
SELECT
    shard_id,
    COUNT(*) AS events,
    MAX(CAST(ingested_at - arrived_at AS DOUBLE) / CAST(1000000 AS DOUBLE)) AS longest_seconds,
    CAST(FROM_UNIXTIME_NANOS(MAX(arrived_at) * 1000) AS TIMESTAMP(3) WITH TIME ZONE) AS newest_at
FROM bronze_order_events
WHERE
    arrival_hour >= DATE_FORMAT(CURRENT_TIMESTAMP - INTERVAL '2' HOUR, '%Y-%m-%d-%H')
    AND FROM_UNIXTIME_NANOS(arrived_at * 1000) >= CURRENT_TIMESTAMP - INTERVAL '15' MINUTE
GROUP BY shard_id
ORDER BY shard_id ASC
