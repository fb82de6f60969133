-- Ids whose stored content is not the delivered one.
CREATE OR REPLACE TABLE contested AS
SELECT DISTINCT deliveries.id_key
FROM deliveries
JOIN known_here ON deliveries.id_key = known_here.id_key
WHERE deliveries.is_sound AND known_here.content_key <> deliveries.content_key
