-- To fill in: folder, portion.
SELECT * EXCLUDE (portion)
FROM read_parquet('{folder}/portion={portion}/*.parquet', hive_partitioning = true)
