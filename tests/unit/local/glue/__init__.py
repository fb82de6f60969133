"""Tests of the embedded Glue."""
