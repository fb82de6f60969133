-- How many, and the UTC days that they happened on: from the beginning of one to that of another.
SELECT
    COUNT(*) AS rows_read,
    COUNT(*) FILTER (WHERE is_sound IS NOT TRUE) AS malformed,
    date_trunc('DAY', MIN(occurred_at) FILTER (WHERE is_sound)) AS from_time,
    date_trunc('DAY', MAX(occurred_at) FILTER (WHERE is_sound)) + INTERVAL 1 DAY AS to_time
FROM deliveries
