-- Events that the changes brought, or gave another content.
WITH gained AS NOT MATERIALIZED (
    SELECT event_id, content_key
    FROM added_rows
    EXCEPT ALL
    SELECT event_id, content_key
    FROM removed_rows
)

SELECT DISTINCT event_id
FROM gained
