SELECT
    COUNT(*) FILTER (WHERE NOT is_replacement) AS inserted,
    COUNT(*) FILTER (WHERE is_replacement) AS replaced
FROM arrivals
