-- Contents by a key: payloads are too wide to be compared in little memory.
CREATE OR REPLACE TABLE removed_rows AS
SELECT
    event_id,
    md5_number(concat_ws(chr(31), event_type, occurred_at, payload)) AS content_key
FROM file_rows
