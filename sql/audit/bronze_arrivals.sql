-- One row per delivered event: where it stood in the stream and how its producer numbered it.
SELECT shard_id, sequence_number, sub_sequence_number, producer_id, sequence
FROM bronze_order_events
WHERE stream_name = ?
