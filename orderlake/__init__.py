"""The face of the pipeline: the command line, the ledger, the report."""
