"""The tables and questions of the lake: one folder per table, SQL in Athena's dialect."""
