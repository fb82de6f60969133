-- One row per delivery of a rejected record; producer and sequence only where they could be read.
SELECT shard_id, sequence_number, sub_sequence_number, producer_id, sequence
FROM quarantine_events
WHERE stream_name = ?
