SELECT event_id
FROM arrivals
WHERE is_replacement
