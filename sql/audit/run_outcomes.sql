-- Per producer run: its events in bronze and how many different ones they are, how many of these were sent
-- after one that happened later, its records in quarantine.
-- A record that the stream or Firehose delivered twice has the same sequence twice and counts once.
WITH accepted AS (
  SELECT
    producer_id,
    count(DISTINCT sequence) AS events,
    count(DISTINCT event_id) AS identities
  FROM bronze_order_events
  GROUP BY producer_id
),
identities AS (
  SELECT producer_id, event_id, min(sequence) AS sequence, min(occurred_at) AS occurred_at
  FROM bronze_order_events
  GROUP BY producer_id, event_id
),
in_sequence AS (
  SELECT
    producer_id,
    occurred_at,
    max(occurred_at) OVER (
      PARTITION BY producer_id
      ORDER BY sequence
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS newest
  FROM identities
),
disordered AS (
  SELECT producer_id, count(*) AS events
  FROM in_sequence
  WHERE occurred_at < newest
  GROUP BY producer_id
),
rejected AS (
  SELECT producer_id, count(DISTINCT sequence) AS events
  FROM quarantine_events
  WHERE producer_id IS NOT NULL
  GROUP BY producer_id
)
SELECT
  coalesce(accepted.producer_id, rejected.producer_id) AS producer_id,
  coalesce(accepted.events - accepted.identities, 0) AS duplicates,
  coalesce(disordered.events, 0) AS disordered,
  coalesce(rejected.events, 0) AS rejects
FROM accepted
FULL OUTER JOIN rejected ON accepted.producer_id = rejected.producer_id
LEFT JOIN disordered ON accepted.producer_id = disordered.producer_id
