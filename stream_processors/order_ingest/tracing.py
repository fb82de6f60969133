"""X-Ray, where it is asked for: nothing of it is imported otherwise."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

Function = Callable[..., Any]


def traced(function: Function, environment: Mapping[str, str]) -> Function:
    """The function in a segment of its own where `POWERTOOLS_TRACE_DISABLED` is `false`.

    Where X-Ray's SDK is not installed the function runs untraced. Neither answers nor errors are
    recorded.
    """
    is_asked_for = environment.get("POWERTOOLS_TRACE_DISABLED", "").lower() in ("false", "0")
    if not is_asked_for or find_spec("aws_xray_sdk") is None:
        return function
    from aws_lambda_powertools import Tracer  # noqa: PLC0415 - it imports much that is not needed otherwise

    return Tracer().capture_lambda_handler(function, capture_response=False, capture_error=False)
