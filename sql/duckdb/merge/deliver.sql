-- Parameters: path of a Parquet file; from_row and to_row, the second excluded.
INSERT INTO deliveries
SELECT
    CAST(event_id AS VARCHAR) AS event_id,
    CAST(event_type AS VARCHAR) AS event_type,
    make_timestamptz(CAST(occurred_at AS BIGINT)) AS occurred_at,
    CAST(payload AS VARCHAR) AS payload,
    md5_number(CAST(event_id AS VARCHAR)) AS id_key,
    md5_number(concat_ws(chr(31), event_type, CAST(occurred_at AS BIGINT), payload)) AS content_key,
    event_id IS NOT NULL
    AND event_type IS NOT NULL
    AND occurred_at IS NOT NULL
    AND payload IS NOT NULL
    AND starts_with(ltrim(payload), '{')
    AND json_valid(payload) AS is_sound
FROM read_parquet($path, hive_partitioning = false, file_row_number = true)
WHERE file_row_number >= $from_row AND file_row_number < $to_row
