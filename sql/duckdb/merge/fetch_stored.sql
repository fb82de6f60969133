INSERT INTO stored
WITH keyed AS NOT MATERIALIZED (
    SELECT
        event_id,
        event_type,
        occurred_at,
        payload,
        md5_number(event_id) AS id_key,
        md5_number(concat_ws(chr(31), event_type, epoch_us(occurred_at), payload)) AS content_key
    FROM stored_events
)

SELECT event_id, event_type, occurred_at, payload, id_key, content_key
FROM keyed
SEMI JOIN uncertain USING (id_key)
