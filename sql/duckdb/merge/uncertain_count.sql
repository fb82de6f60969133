SELECT COUNT(*) AS ids
FROM uncertain
