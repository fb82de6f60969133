"""The Lambda functions: one folder per function."""
