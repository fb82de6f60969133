"""Errors of the embedded CloudWatch.

CloudWatchException (moto: answered as an AWS error, HTTP 400)
├── ValidationError, InvalidParameterValue, InvalidParameterCombination, ResourceNotFound (moto's own)
└── InvalidNextToken
MetricMathError (time_series)                  → ValidationError
InvalidEmbeddedMetricsError (embedded_metrics) → the line stays a log line
"""

from moto.cloudwatch.exceptions import (
    CloudWatchException,
    InvalidParameterCombination,
    InvalidParameterValue,
    ResourceNotFound,
    ValidationError,
)

__all__ = [
    "CloudWatchException",
    "InvalidNextToken",
    "InvalidParameterCombination",
    "InvalidParameterValue",
    "ResourceNotFound",
    "ValidationError",
]


class InvalidNextToken(CloudWatchException):
    code = "InvalidNextToken"
