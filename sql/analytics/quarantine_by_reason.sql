-- How many records are rejected, and why?
-- A record that was delivered twice counts once.
WITH records AS (
    SELECT
        quarantine_id,
        MIN(reason) AS reason,
        MIN(rejected_at) AS first_rejected_at,
        MAX(rejected_at) AS last_rejected_at
    FROM quarantine_events
    GROUP BY quarantine_id
)

SELECT
    reason,
    COUNT(*) AS records,
    MIN(first_rejected_at) AS first_rejected_at,
    MAX(last_rejected_at) AS last_rejected_at
FROM records
GROUP BY reason
ORDER BY records DESC, reason ASC
