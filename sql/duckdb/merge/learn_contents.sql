UPDATE known
SET content_key = stored.content_key
FROM stored
WHERE known.id_key = stored.id_key;

UPDATE known_here
SET content_key = stored.content_key
FROM stored
WHERE known_here.id_key = stored.id_key
