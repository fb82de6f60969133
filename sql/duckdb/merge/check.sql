-- Reads every value that deliveries need. Parameters: path of a Parquet file.
CREATE OR REPLACE TEMP TABLE checked AS
SELECT
    BIT_XOR(
        hash(
            CAST(event_id AS VARCHAR),
            CAST(event_type AS VARCHAR),
            CAST(occurred_at AS BIGINT),
            CAST(payload AS VARCHAR)
        )
    ) AS digest
FROM read_parquet($path, hive_partitioning = false)
