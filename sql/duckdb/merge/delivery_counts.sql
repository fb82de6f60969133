SELECT COUNT(*) AS rows_read, COUNT(*) FILTER (WHERE NOT is_sound) AS malformed
FROM deliveries
