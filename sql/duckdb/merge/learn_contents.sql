UPDATE known
SET content_key = stored.content_key
FROM stored
WHERE known.id_key = stored.id_key
