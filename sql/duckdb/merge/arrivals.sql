-- The chosen events that the table does not have, or has with another content.
CREATE OR REPLACE TABLE arrivals AS
WITH keyed AS NOT MATERIALIZED (
    SELECT
        *,
        md5_number(event_id) AS id_key,
        md5_number(concat_ws(chr(31), event_type, epoch_us(occurred_at), payload)) AS content_key
    FROM chosen
)

SELECT keyed.*, known_here.id_key IS NOT NULL AS is_replacement
FROM keyed
LEFT JOIN known_here ON keyed.id_key = known_here.id_key
WHERE known_here.id_key IS NULL OR keyed.content_key IS DISTINCT FROM known_here.content_key
;

DROP TABLE decoded
