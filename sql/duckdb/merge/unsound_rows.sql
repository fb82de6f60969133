-- The rows of an object that cannot be events, as they are. Parameters: path of its Parquet file.
SELECT * EXCLUDE (file_row_number)
FROM read_parquet($path, hive_partitioning = false, file_row_number = true)
WHERE file_row_number IN (SELECT row_in_file FROM deliveries WHERE path = $path AND NOT is_sound)
