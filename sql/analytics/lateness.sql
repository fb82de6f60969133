-- How long after they happened do events arrive at the stream, day of arrival by day?
WITH timed AS (
    SELECT SUBSTR(arrival_hour, 1, 10) AS arrival_day, arrived_at - occurred_at AS late
    FROM bronze_order_events
),

classed AS (
    SELECT
        arrival_day,
        CASE
            WHEN late < 0 THEN 0
            WHEN late < 1000000 THEN 1
            WHEN late < 60000000 THEN 2
            WHEN late < 3600000000 THEN 3
            WHEN late < 86400000000 THEN 4
            WHEN late < 604800000000 THEN 5
            ELSE 6
        END AS bucket
    FROM timed
)

SELECT
    arrival_day,
    bucket,
    CASE bucket
        WHEN 0 THEN 'before it happened'
        WHEN 1 THEN 'within a second'
        WHEN 2 THEN 'within a minute'
        WHEN 3 THEN 'within an hour'
        WHEN 4 THEN 'within a day'
        WHEN 5 THEN 'within a week'
        ELSE 'later'
    END AS lateness,
    COUNT(*) AS events
FROM classed
GROUP BY arrival_day, bucket
ORDER BY arrival_day ASC, bucket ASC
