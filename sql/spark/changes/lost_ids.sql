-- Events that the changes took away, or gave another content.
SELECT DISTINCT event_id AS key
FROM (
    SELECT event_id, event_type, occurred_at, payload
    FROM removed_rows
    EXCEPT ALL
    SELECT event_id, event_type, occurred_at, payload
    FROM added_rows
)
