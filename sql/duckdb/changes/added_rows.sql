CREATE OR REPLACE TABLE added_rows AS
SELECT event_id, event_type, occurred_at, payload
FROM file_rows
