-- The rows that cannot be events, as they are.
SELECT *
FROM judged_rows
WHERE NOT is_sound
