"""How money is written: plain decimal digits, at most 14 before the point and 4 after it."""

import re
from typing import Final

MONEY_PATTERN: Final = r"^-?[0-9]{1,14}(\.[0-9]{1,4})?$"

_MONEY: Final = re.compile(MONEY_PATTERN.strip("^$"), re.ASCII)


def is_money(value: object) -> bool:
    """Whether it is text that the contract takes for money."""
    return isinstance(value, str) and _MONEY.fullmatch(value) is not None
