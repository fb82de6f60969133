-- What the changes added and did not take away.
SELECT event_id, event_type, occurred_at, payload
FROM added_rows
EXCEPT ALL
SELECT event_id, event_type, occurred_at, payload
FROM removed_rows
