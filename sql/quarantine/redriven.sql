-- The records of one origin that were sent again.
SELECT DISTINCT origin_id
FROM quarantine_redrives
WHERE origin = ?
