"""What can go wrong while a page is drawn.

DashboardError
├── Unanswered      the lake did not answer a panel's question
└── WrongFilter     the address asks for something that is no filter
"""


class DashboardError(Exception):
    """A problem that a reader of the page is told about in one line."""


class Unanswered(DashboardError):
    """The lake did not answer; the message says what to do."""


class WrongFilter(DashboardError):
    """A filter's value cannot be read."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f"{name}={value} is no date: write it like 2026-11-23")
        self.name = name
        self.value = value
