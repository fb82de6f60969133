-- Rows of bronze objects, and whether they can be events.
SELECT
    event_id,
    event_type,
    timestamp_micros(occurred_at) AS occurred_at,
    payload,
    event_id IS NOT NULL
    AND event_type IS NOT NULL
    AND occurred_at IS NOT NULL
    AND payload IS NOT NULL
    AND startswith(ltrim(payload), '{')
    AND get_json_object(payload, '$') IS NOT NULL AS is_sound
FROM bronze_rows
