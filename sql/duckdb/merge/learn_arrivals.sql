DELETE FROM known
WHERE id_key IN (SELECT id_key FROM arrivals WHERE is_replacement);

INSERT INTO known
SELECT id_key, content_key
FROM arrivals
;

DROP TABLE arrivals
