INSERT INTO written
WITH delivered AS NOT MATERIALIZED (
    SELECT id_key
    FROM deliveries
    WHERE is_sound
),

keyed AS NOT MATERIALIZED (
    SELECT md5_number(event_id) AS id_key
    FROM stored_ids
)

SELECT id_key
FROM keyed
SEMI JOIN delivered USING (id_key)
