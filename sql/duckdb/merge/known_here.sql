-- What is known of the ids that were delivered. In this folder the right side of a join is always the small
-- one: wide rows are only ever streamed past it.
CREATE OR REPLACE TABLE known_here AS
WITH delivered AS NOT MATERIALIZED (
    SELECT id_key
    FROM deliveries
    WHERE is_sound
)

SELECT id_key, MIN(content_key) AS content_key
FROM known
SEMI JOIN delivered USING (id_key)
GROUP BY id_key
