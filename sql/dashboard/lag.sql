-- How long did accepted events wait in the stream, minute by minute, in the last hour?
WITH waits AS (
    SELECT
        DATE_TRUNC('minute', CAST(FROM_UNIXTIME_NANOS(arrived_at * 1000) AS TIMESTAMP(3) WITH TIME ZONE))
            AS minute_at,
        CAST(ingested_at - arrived_at AS DOUBLE) / CAST(1000000 AS DOUBLE) AS seconds
    FROM bronze_order_events
    WHERE
        arrival_hour >= DATE_FORMAT(CURRENT_TIMESTAMP - INTERVAL '2' HOUR, '%Y-%m-%d-%H')
        AND FROM_UNIXTIME_NANOS(arrived_at * 1000) >= CURRENT_TIMESTAMP - INTERVAL '1' HOUR
)

SELECT minute_at, COUNT(*) AS events, AVG(seconds) AS average_seconds, MAX(seconds) AS longest_seconds
FROM waits
GROUP BY minute_at
ORDER BY minute_at ASC
