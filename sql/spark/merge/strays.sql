-- From and to which day stored copies of delivered events happened on other days than were delivered.
-- Parameters: from_time, to_time.
SELECT
    date_trunc('DAY', MIN(occurred_at)) AS from_time,
    date_trunc('DAY', MAX(occurred_at)) + INTERVAL 1 DAY AS to_time
FROM root
LEFT SEMI JOIN (SELECT event_id FROM deliveries WHERE is_sound) AS delivered USING (event_id)
WHERE occurred_at < :from_time OR occurred_at >= :to_time
