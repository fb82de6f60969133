-- Ids that are known and were delivered with a content that is not known to be the stored one.
CREATE OR REPLACE TABLE uncertain AS
SELECT DISTINCT deliveries.id_key
FROM deliveries
JOIN known_here ON deliveries.id_key = known_here.id_key
WHERE deliveries.is_sound AND known_here.content_key IS DISTINCT FROM deliveries.content_key
