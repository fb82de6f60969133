"""The two ledgers as the silver job takes them at each run: measured, kept as a table, told as metrics."""
