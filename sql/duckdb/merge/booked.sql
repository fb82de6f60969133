-- What became of the rows of each object, by the ids that the table has. An event that came in more than one
-- object counts as new, or as there twice, for one of them.
WITH present AS MATERIALIZED (
    SELECT
        id_key,
        BOOL_AND(is_new) AS is_new,
        MAX(copies) > 1 AS is_twice
    FROM (
        SELECT id_key, false AS is_new, 1 AS copies
        FROM known_here
        UNION ALL
        SELECT id_key, true AS is_new, COUNT(*) AS copies
        FROM written
        GROUP BY id_key
    )
    GROUP BY id_key
),

placed AS MATERIALIZED (
    SELECT
        deliveries.path,
        deliveries.id_key,
        deliveries.event_id,
        deliveries.is_sound,
        present.id_key IS NOT NULL AS is_found,
        present.is_new,
        present.is_twice,
        -- As in Spark's step of this name.
        CAST(concat('0x', left(md5(deliveries.event_id), 15)) AS BIGINT) AS id_hash
    FROM deliveries
    LEFT JOIN present ON deliveries.id_key = present.id_key
),

by_object AS (
    SELECT
        path,
        COUNT(*) AS rows_read,
        COUNT(*) FILTER (WHERE is_sound) AS sound,
        SUM(id_hash) FILTER (WHERE is_sound) AS sound_sum,
        COUNT(*) FILTER (WHERE is_sound AND is_found) AS found,
        SUM(id_hash) FILTER (WHERE is_sound AND is_found) AS found_sum,
        MIN(event_id, 5) FILTER (WHERE is_sound AND NOT is_found) AS missing
    FROM placed
    GROUP BY path
),

events_by_object AS (
    SELECT
        path,
        COUNT(*) FILTER (WHERE is_new) AS new_events,
        COUNT(*) FILTER (WHERE is_twice) AS twice
    FROM (
        SELECT
            MIN(path) AS path,
            BOOL_AND(is_new) AS is_new,
            BOOL_OR(is_twice) AS is_twice
        FROM placed
        WHERE is_sound AND is_found
        GROUP BY id_key
    )
    GROUP BY path
)

SELECT
    by_object.*,
    coalesce(events_by_object.new_events, 0) AS new_events,
    coalesce(events_by_object.twice, 0) AS twice
FROM by_object
LEFT JOIN events_by_object ON by_object.path = events_by_object.path
