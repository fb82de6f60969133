-- One row per rejected record: redeliveries are folded, their number kept.
CREATE OR REPLACE VIEW quarantine_distinct AS
WITH source AS (
    SELECT
        quarantine_id,
        reason,
        errors,
        raw_base64,
        raw_pointer,
        raw_sha256,
        raw_size,
        event_id,
        event_type,
        producer_id,
        sequence,
        stream_name,
        shard_id,
        sequence_number,
        sub_sequence_number,
        arrived_at,
        rejected_at,
        arrival_hour
    FROM quarantine_events
),

ranked AS (
    SELECT
        quarantine_id,
        reason,
        errors,
        raw_base64,
        raw_pointer,
        raw_sha256,
        raw_size,
        event_id,
        event_type,
        producer_id,
        sequence,
        stream_name,
        shard_id,
        sequence_number,
        sub_sequence_number,
        arrived_at,
        arrival_hour,
        MIN(rejected_at) OVER (PARTITION BY quarantine_id) AS first_rejected_at,
        MAX(rejected_at) OVER (PARTITION BY quarantine_id) AS last_rejected_at,
        COUNT(*) OVER (PARTITION BY quarantine_id) AS deliveries,
        ROW_NUMBER() OVER (
            PARTITION BY quarantine_id
            ORDER BY rejected_at ASC, arrival_hour ASC
        ) AS place
    FROM source
),

final AS (
    SELECT
        quarantine_id,
        reason,
        errors,
        raw_base64,
        raw_pointer,
        raw_sha256,
        raw_size,
        event_id,
        event_type,
        producer_id,
        sequence,
        stream_name,
        shard_id,
        sequence_number,
        sub_sequence_number,
        arrived_at,
        first_rejected_at,
        last_rejected_at,
        deliveries,
        arrival_hour
    FROM ranked
    WHERE place = 1
)

SELECT
    quarantine_id,
    reason,
    errors,
    raw_base64,
    raw_pointer,
    raw_sha256,
    raw_size,
    event_id,
    event_type,
    producer_id,
    sequence,
    stream_name,
    shard_id,
    sequence_number,
    sub_sequence_number,
    arrived_at,
    first_rejected_at,
    last_rejected_at,
    deliveries,
    arrival_hour
FROM final
