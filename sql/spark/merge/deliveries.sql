-- Rows of bronze objects, and whether they can be events.
SELECT event_id, event_type, moment AS occurred_at, payload, is_sound, path
FROM judged_rows
