-- One row per rejected record, redeliveries folded, with the time at which it was sent again, if it was.
-- The bytes stay where they are: Athena would keep them in its results. Unlike the view quarantine_distinct it
-- needs no job to have run. Bound: the stream, the first arrival hour.
WITH ranked AS (
  SELECT
    quarantine_id,
    reason,
    errors,
    raw_sha256,
    raw_size,
    event_id,
    event_type,
    producer_id,
    sequence,
    shard_id,
    sequence_number,
    sub_sequence_number,
    arrived_at,
    arrival_hour,
    MIN(rejected_at) OVER (PARTITION BY quarantine_id) AS first_rejected_at,
    MAX(rejected_at) OVER (PARTITION BY quarantine_id) AS last_rejected_at,
    COUNT(*) OVER (PARTITION BY quarantine_id) AS deliveries,
    ROW_NUMBER() OVER (PARTITION BY quarantine_id ORDER BY rejected_at ASC, arrival_hour ASC) AS place
  FROM quarantine_events
  WHERE stream_name = ? AND arrival_hour >= ?
),
redriven AS (
  SELECT origin_id, MAX(redriven_at) AS redriven_at
  FROM quarantine_redrives
  WHERE origin = 'quarantine'
  GROUP BY origin_id
)
SELECT
  ranked.quarantine_id,
  ranked.reason,
  ranked.errors,
  ranked.raw_sha256,
  ranked.raw_size,
  ranked.event_id,
  ranked.event_type,
  ranked.producer_id,
  ranked.sequence,
  ranked.shard_id,
  ranked.sequence_number,
  ranked.sub_sequence_number,
  ranked.arrived_at,
  ranked.arrival_hour,
  ranked.first_rejected_at,
  ranked.last_rejected_at,
  ranked.deliveries,
  redriven.redriven_at
FROM ranked
LEFT JOIN redriven ON ranked.quarantine_id = redriven.origin_id
WHERE ranked.place = 1
