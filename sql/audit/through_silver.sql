-- Bronze = silver + duplicates, by event id; rows that silver set aside are quarantine's.
WITH set_aside AS (
  SELECT DISTINCT shard_id, sequence_number, sub_sequence_number
  FROM quarantine_events
  WHERE reason = 'unreadable_row'
),
bronze AS (
  SELECT bronze_order_events.event_id, count(*) AS copies
  FROM bronze_order_events
  LEFT JOIN set_aside
    ON bronze_order_events.shard_id = set_aside.shard_id
   AND bronze_order_events.sequence_number = set_aside.sequence_number
   AND bronze_order_events.sub_sequence_number = set_aside.sub_sequence_number
  WHERE set_aside.shard_id IS NULL
  GROUP BY bronze_order_events.event_id
),
silver AS (
  SELECT event_id, count(*) AS copies
  FROM silver_order_events
  GROUP BY event_id
),
paired AS (
  SELECT
    bronze.copies AS bronze_copies,
    silver.copies AS silver_copies
  FROM bronze
  FULL OUTER JOIN silver ON bronze.event_id = silver.event_id
)
SELECT
  coalesce(sum(bronze_copies), 0) AS bronze,
  coalesce(sum(silver_copies), 0) AS silver,
  coalesce(sum(CASE WHEN silver_copies IS NOT NULL THEN bronze_copies - 1 ELSE 0 END), 0) AS duplicates,
  coalesce(sum(CASE WHEN silver_copies IS NULL THEN 1 ELSE 0 END), 0) AS not_in_silver,
  coalesce(sum(CASE WHEN bronze_copies IS NULL THEN 1 ELSE 0 END), 0) AS not_in_bronze,
  coalesce(sum(CASE WHEN silver_copies > 1 THEN silver_copies - 1 ELSE 0 END), 0) AS twice_in_silver
FROM paired
