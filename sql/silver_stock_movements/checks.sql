-- fail movement_is_there_once: no movement is published twice
SELECT event_id
FROM published
GROUP BY event_id
HAVING COUNT(*) > 1;

-- warn count_is_not_negative: nobody counts fewer than no pieces
SELECT event_id
FROM published
WHERE kind = 'count' AND quantity < 0;
