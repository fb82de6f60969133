"""Which route a request takes. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

DEFAULT: Final = "$default"

_PARAMETER: Final = re.compile(r"\\\{([^{}]+?)(\\\+)?\\\}")


class Match(NamedTuple):
    """A route's key and what the path says for its parameters."""

    route_key: str
    parameters: Mapping[str, str]


def match(route_keys: Iterable[str], method: str, path: str) -> Match | None:
    """The most specific route: a whole path before parameters before `{proxy+}`, a method before ANY."""
    best: tuple[tuple[int, int], Match] | None = None
    for key in route_keys:
        if key == DEFAULT:
            rank, parameters = (3, 0), dict[str, str]()
        else:
            of_method, _, template = key.partition(" ")
            found = _pattern(template).fullmatch(path)
            if of_method not in (method, "ANY") or found is None:
                continue
            kind = 2 if "+}" in template else int("{" in template)
            rank, parameters = (kind, int(of_method == "ANY")), found.groupdict()
        if best is None or rank < best[0]:
            best = rank, Match(key, parameters)
    return best[1] if best else None


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(
        _PARAMETER.sub(lambda part: f"(?P<{part[1]}>{'.+' if part[2] else '[^/]+'})", re.escape(template))
    )
