-- Per producer run: its events in bronze and how many different ones they are, its records in quarantine.
-- A record that the stream or Firehose delivered twice has the same sequence twice and counts once.
WITH accepted AS (
  SELECT
    producer_id,
    count(DISTINCT sequence) AS events,
    count(DISTINCT event_id) AS identities
  FROM bronze_order_events
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
  coalesce(rejected.events, 0) AS rejects
FROM accepted
FULL OUTER JOIN rejected ON accepted.producer_id = rejected.producer_id
