-- Bronze = silver + duplicates, by event id.
WITH bronze AS (
  SELECT event_id, count(*) AS copies
  FROM bronze_order_events
  GROUP BY event_id
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
