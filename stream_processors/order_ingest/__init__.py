"""Judges every record of the order stream: bronze or quarantine, never neither."""
