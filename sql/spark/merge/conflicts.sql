-- Ids that came with more than one content.
SELECT event_id
FROM source_events
GROUP BY event_id
HAVING COUNT(*) > 1
ORDER BY event_id
