-- The chosen events that the table does not have, or has with another content.
SELECT
    chosen.*,
    stored.event_id IS NOT NULL AS is_replacement
FROM chosen
LEFT JOIN stored ON chosen.event_id = stored.event_id
WHERE
    stored.event_id IS NULL
    OR chosen.event_type <> stored.event_type
    OR chosen.occurred_at <> stored.occurred_at
    OR chosen.payload <> stored.payload
