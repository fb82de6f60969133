"""Rejected and given-up records: look at them, mend them, send them again."""
