-- Parameters: target, a branch of a table; column, one of its columns.
DELETE FROM IDENTIFIER(:target)
WHERE IDENTIFIER(:column) IN (SELECT key FROM lost_keys)
