DELETE FROM known
WHERE id_key IN (SELECT id_key FROM arrivals WHERE is_replacement);

INSERT INTO known
SELECT id_key, content_key
FROM arrivals
;

INSERT INTO seen
SELECT hash(event_id) AS id_hash
FROM arrivals
WHERE NOT is_replacement
;

DROP TABLE arrivals
