-- Which numbers of which producers never arrived, neither in bronze nor in quarantine?
-- What a producer sent last cannot be missed here: `orderlake audit` knows what it announced.
-- Copies stay in: after its own kind a number is no gap, and to sort copies costs less than to find them.
WITH arrived AS (
    SELECT producer_id, sequence
    FROM bronze_order_events
    UNION ALL
    SELECT producer_id, sequence
    FROM quarantine_events
    WHERE producer_id IS NOT NULL AND sequence IS NOT NULL
),

paired AS (
    SELECT
        producer_id,
        sequence,
        COALESCE(LAG(sequence) OVER (PARTITION BY producer_id ORDER BY sequence ASC), 0) AS previous
    FROM arrived
)

SELECT
    producer_id,
    previous + 1 AS first_missing,
    sequence - 1 AS last_missing,
    sequence - previous - 1 AS missing
FROM paired
WHERE sequence > previous + 1
ORDER BY missing DESC, producer_id ASC, first_missing ASC
