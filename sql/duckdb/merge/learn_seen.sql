INSERT INTO seen
SELECT hash(event_id) AS id_hash
FROM stored_ids
