-- Ids that came with more than one content.
SELECT MIN(event_id) AS event_id
FROM candidates
GROUP BY id_key
HAVING MIN(content_key) <> MAX(content_key)
ORDER BY event_id
