-- What do the ledgers of the last day say, each hour of a shard and each producer run as it was measured last?
-- What a run took from bronze is measured once.
WITH measured AS (
    SELECT
        ledger,
        expected,
        found,
        in_flight,
        missing,
        given_up + delivery_failed AS failed,
        duplicates,
        balanced,
        measured_at,
        ROW_NUMBER() OVER (
            PARTITION BY
                ledger,
                party,
                CASE WHEN ledger <> 'producer' THEN hour END,
                CASE WHEN ledger = 'silver' THEN run END
            ORDER BY measured_at DESC, run DESC
        ) AS age
    FROM ledger_history
    WHERE measured_at >= CURRENT_TIMESTAMP - INTERVAL '24' HOUR
)

SELECT
    ledger,
    CAST(SUM(expected) AS BIGINT) AS expected,
    CAST(SUM(found) AS BIGINT) AS found,
    CAST(SUM(in_flight) AS BIGINT) AS in_flight,
    CAST(SUM(missing) AS BIGINT) AS missing,
    CAST(SUM(failed) AS BIGINT) AS failed,
    CAST(SUM(duplicates) AS BIGINT) AS duplicates,
    COUNT(CASE WHEN NOT balanced THEN 1 END) AS unbalanced,
    CAST(MAX(measured_at) AS TIMESTAMP(3) WITH TIME ZONE) AS measured_at
FROM measured
WHERE age = 1
GROUP BY ledger
ORDER BY ledger ASC
