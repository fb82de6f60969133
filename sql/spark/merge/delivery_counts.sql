-- How many, and the UTC months that they happened in: from the first day of one to before the first of another.
SELECT
    COUNT(*) AS rows_read,
    COUNT(*) FILTER (WHERE is_sound IS NOT TRUE) AS malformed,
    date_trunc('MONTH', MIN(occurred_at) FILTER (WHERE is_sound)) AS from_time,
    date_trunc('MONTH', MAX(occurred_at) FILTER (WHERE is_sound)) + INTERVAL 1 MONTH AS to_time
FROM deliveries
