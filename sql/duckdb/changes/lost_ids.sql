-- Events that the changes took away, or gave another content.
WITH lost AS NOT MATERIALIZED (
    SELECT event_id, event_type, occurred_at, payload
    FROM removed_rows
    EXCEPT ALL
    SELECT event_id, event_type, occurred_at, payload
    FROM added_rows
)

SELECT DISTINCT event_id
FROM lost
