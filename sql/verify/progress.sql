-- How many different events of one run (its producer_id) are in bronze.
SELECT count(DISTINCT sequence) AS events
FROM bronze_order_events
WHERE producer_id = ?
