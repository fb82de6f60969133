-- UTC days that the deliveries happened on.
SELECT DISTINCT CAST(occurred_at AS DATE) AS day
FROM deliveries
WHERE is_sound
