-- What became of the rows of each object, by the ids that the table has now. An event that came in more than
-- one object counts as new, or as there twice, for one of them.
-- Parameters: from_time, to_time, between which the delivered events are stored.
WITH delivered AS (
    SELECT
        path,
        event_id,
        is_sound,
        -- As in DuckDB's step of this name.
        CAST(conv(left(md5(event_id), 15), 16, 10) AS DECIMAL(20, 0)) AS id_hash
    FROM deliveries
),

present AS (
    SELECT event_id, COUNT(*) > 1 AS is_twice
    FROM root_now
    LEFT SEMI JOIN (SELECT event_id FROM delivered WHERE is_sound) AS sound USING (event_id)
    WHERE occurred_at >= :from_time AND occurred_at < :to_time
    GROUP BY event_id
),

placed AS (
    SELECT
        delivered.*,
        present.event_id IS NOT NULL AS is_found,
        present.is_twice,
        before.event_id IS NULL AS is_new
    FROM delivered
    LEFT JOIN present ON delivered.event_id = present.event_id
    LEFT JOIN (SELECT DISTINCT event_id FROM stored) AS before ON delivered.event_id = before.event_id
),

by_object AS (
    SELECT
        path,
        COUNT(*) AS rows_read,
        COUNT(*) FILTER (WHERE is_sound) AS sound,
        SUM(id_hash) FILTER (WHERE is_sound) AS sound_sum,
        COUNT(*) FILTER (WHERE is_sound AND is_found) AS found,
        SUM(id_hash) FILTER (WHERE is_sound AND is_found) AS found_sum,
        slice(array_sort(collect_set(event_id) FILTER (WHERE is_sound AND NOT is_found)), 1, 5) AS missing
    FROM placed
    GROUP BY path
),

events_by_object AS (
    SELECT
        path,
        COUNT(*) FILTER (WHERE is_new) AS new_events,
        COUNT(*) FILTER (WHERE is_twice) AS twice
    FROM (
        SELECT MIN(path) AS path, bool_and(is_new) AS is_new, bool_or(is_twice) AS is_twice
        FROM placed
        WHERE is_sound AND is_found
        GROUP BY event_id
    ) AS events
    GROUP BY path
)

SELECT
    by_object.*,
    coalesce(events_by_object.new_events, 0) AS new_events,
    coalesce(events_by_object.twice, 0) AS twice
FROM by_object
LEFT JOIN events_by_object ON by_object.path = events_by_object.path
