-- Ids that are stored, but not on the days that they were delivered for.
WITH strangers AS MATERIALIZED (
    SELECT event_id, hash(event_id) AS id_hash
    FROM deliveries
    ANTI JOIN known_here USING (id_key)
    WHERE is_sound
),

found AS MATERIALIZED (
    SELECT id_hash
    FROM seen
    SEMI JOIN strangers USING (id_hash)
)

SELECT DISTINCT event_id
FROM strangers
SEMI JOIN found USING (id_hash)
