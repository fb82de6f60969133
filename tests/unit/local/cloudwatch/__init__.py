"""Tests of the embedded CloudWatch."""
