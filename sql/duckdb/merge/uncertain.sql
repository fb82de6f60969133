-- Ids that are known and were delivered with a content that is not known to be the stored one.
CREATE OR REPLACE TABLE uncertain AS
SELECT DISTINCT id_key
FROM deliveries
JOIN known USING (id_key)
WHERE is_sound AND known.content_key IS DISTINCT FROM deliveries.content_key
