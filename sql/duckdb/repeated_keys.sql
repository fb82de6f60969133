-- Keys that are there more than once, each once. DuckDB 1.4 groups many keys in memory only, but sorts more than
-- fits; a window without an order streams over what is sorted. To fill in: keys, relation.
WITH hashed AS NOT MATERIALIZED (
    SELECT md5_number(CAST(ROW({keys}) AS VARCHAR)) AS key
    FROM {relation}
),

sorted AS NOT MATERIALIZED (
    SELECT key
    FROM hashed
    ORDER BY key
),

neighbours AS NOT MATERIALIZED (
    SELECT key, LAG(key) OVER () AS previous, LAG(key, 2) OVER () AS before_previous
    FROM sorted
)

SELECT key
FROM neighbours
WHERE key = previous AND key IS DISTINCT FROM before_previous
