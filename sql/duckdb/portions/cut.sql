-- Rows of a group come into one portion, so that a portion can be aggregated by itself.
-- To fill in: key, portions, folder.
COPY (
    SELECT *, hash({key}) % {portions} AS portion
    FROM rows_to_cut
) TO '{folder}' (FORMAT parquet, PARTITION_BY (portion))
