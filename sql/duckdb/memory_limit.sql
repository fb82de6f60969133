-- To fill in: megabytes.
SET memory_limit = '{megabytes}MB'
