-- Rows of the bronze objects at hand, with keys to compare ids and contents by.
CREATE OR REPLACE TABLE deliveries (
    event_id VARCHAR,
    event_type VARCHAR,
    occurred_at TIMESTAMPTZ,
    payload VARCHAR,
    id_key UHUGEINT,
    content_key UHUGEINT,
    is_sound BOOLEAN NOT NULL,
    path VARCHAR NOT NULL,
    row_in_file BIGINT NOT NULL
)
