-- Events that the changes took away, or gave another content.
WITH lost AS NOT MATERIALIZED (
    SELECT event_id, content_key
    FROM removed_rows
    EXCEPT ALL
    SELECT event_id, content_key
    FROM added_rows
)

SELECT DISTINCT event_id
FROM lost
