CREATE OR REPLACE TEMP VIEW source_events AS
SELECT event_id, event_type, occurred_at, payload
FROM candidates
