-- What did the checks of the last runs find?
SELECT
    run,
    CASE WHEN MIN(table_name) LIKE 'gold%' THEN 'gold' ELSE 'silver' END AS layer,
    CAST(MAX(checked_at) AS TIMESTAMP(3) WITH TIME ZONE) AS checked_at,
    COUNT(DISTINCT table_name) AS tables,
    COUNT(*) AS checks,
    COUNT(CASE WHEN failing_rows > 0 THEN 1 END) AS failing_checks
FROM check_results
GROUP BY run
ORDER BY checked_at DESC, run ASC
LIMIT 20
