-- To fill in: table.
CREATE TABLE {table} AS
SELECT *
FROM rows_to_keep
