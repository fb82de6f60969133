-- Stored events whose content must be compared, with the same keys as deliveries.
CREATE OR REPLACE TABLE stored (
    event_id VARCHAR,
    event_type VARCHAR,
    occurred_at TIMESTAMPTZ,
    payload VARCHAR,
    id_key UHUGEINT,
    content_key UHUGEINT
)
