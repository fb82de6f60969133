-- The copies to choose from: deliveries that are not simply stored already, and the stored rows that they
-- compete with.
CREATE OR REPLACE TEMP VIEW candidates AS
SELECT event_id, event_type, occurred_at, payload, id_key, content_key
FROM deliveries
ANTI JOIN known_here USING (id_key, content_key)
WHERE is_sound
UNION ALL
SELECT event_id, event_type, occurred_at, payload, id_key, content_key
FROM stored
SEMI JOIN contested USING (id_key)
