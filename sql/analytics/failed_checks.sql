-- Which checks hold their tables back?
-- Each table's latest judgement counts.
WITH ranked AS (
    SELECT
        table_name,
        check_name,
        severity,
        failing_rows,
        description,
        checked_at,
        RANK() OVER (PARTITION BY table_name ORDER BY checked_at DESC) AS age
    FROM check_results
)

SELECT table_name, check_name, failing_rows, description, checked_at
FROM ranked
WHERE age = 1 AND severity = 'fail' AND failing_rows > 0
ORDER BY table_name ASC, check_name ASC
