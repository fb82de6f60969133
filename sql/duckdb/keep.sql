-- To fill in: table, condition.
CREATE TABLE {table} AS
SELECT *
FROM rows_to_keep
WHERE {condition}
