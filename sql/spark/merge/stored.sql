-- Stored copies of delivered events, sought within the days where they can be.
-- Parameters: from_time, to_time.
SELECT event_id, event_type, occurred_at, payload
FROM root
LEFT SEMI JOIN (SELECT event_id FROM deliveries WHERE is_sound) AS delivered USING (event_id)
WHERE occurred_at >= :from_time AND occurred_at < :to_time
