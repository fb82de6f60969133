-- First days of the UTC months that the deliveries happened in.
SELECT DISTINCT CAST(date_trunc('month', occurred_at) AS DATE) AS month
FROM deliveries
WHERE is_sound
