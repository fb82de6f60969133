-- The copies to choose from, each content once.
SELECT event_id, event_type, occurred_at, payload
FROM deliveries
WHERE is_sound
UNION
SELECT event_id, event_type, occurred_at, payload
FROM stored
