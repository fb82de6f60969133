"""A line of an access log: the stage's format with what `$context` knows of the request. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

import re
from collections.abc import Mapping
from typing import Final

_VARIABLE: Final = re.compile(r"\$context\.([A-Za-z0-9_.]+)")


def line(log_format: str, context: Mapping[str, str]) -> str:
    """The format filled in; what is not known is `-`, as on AWS."""
    return _VARIABLE.sub(lambda variable: context.get(variable[1], "-"), log_format)
