"""Placeholders in recorded calls: `{{environment}}`, `{{account_id}}`, `{{artefact.order_ingest.sha256}}`…"""

import re
from collections.abc import Mapping
from typing import Any, Final

_PLACEHOLDER: Final = re.compile(r"\{\{([a-z_][a-z0-9_.]*)\}\}")


class Substitution:
    """Values by the name of their placeholder, put in (`fill`) or taken out (`blank`) of a JSON document.

    `blank` needs values that stand for nothing else: it takes out each occurrence, the longest value first.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        self._names = {value: name for name, value in values.items()}
        longest_first = sorted(self._names, key=len, reverse=True)
        self._found = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def fill(self, document: Any) -> Any:
        """The document with values for placeholders; an unknown placeholder raises `KeyError`."""
        return _each_text(document, lambda text: _PLACEHOLDER.sub(lambda match: self._values[match[1]], text))

    def blank(self, document: Any) -> Any:
        """The document with placeholders for values."""
        return _each_text(
            document, lambda text: self._found.sub(lambda match: "{{" + self._names[match[0]] + "}}", text)
        )


def _each_text(document: Any, change: Any) -> Any:
    if isinstance(document, str):
        return change(document)
    if isinstance(document, list):
        return [_each_text(item, change) for item in document]
    if isinstance(document, dict):
        return {change(name): _each_text(value, change) for name, value in document.items()}
    return document
