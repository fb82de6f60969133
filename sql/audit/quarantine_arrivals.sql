-- One row per delivery of a rejected record; producer and sequence only where they could be read.
-- What the silver job set aside is in bronze, and counted there.
SELECT shard_id, sequence_number, sub_sequence_number, producer_id, sequence
FROM quarantine_events
WHERE stream_name = ? AND reason NOT IN ('unreadable_object', 'unreadable_row')
