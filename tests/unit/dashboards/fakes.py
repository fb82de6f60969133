"""A lake that answers from a dictionary and counts how often it is asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient

import sql
from dashboards.errors import Unanswered
from dashboards.lake import Answer, Row
from dashboards.web import Settings, create_app

NOW = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # the next day in London
CHOICES = (
    {"filter": "country", "choice": "France"},
    {"filter": "currency", "choice": "GBP"},
    {"filter": "currency", "choice": "EUR"},
)


@dataclass(frozen=True)
class FakeAnswer:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    data_scanned_bytes: int = 2048
    engine_milliseconds: int = 120


@dataclass
class FakeLake:
    """`rows` by the file within `sql/`, without its ending; what is not there is not answered."""

    rows: Mapping[str, Sequence[Row]]
    asked: Counter[str] = field(default_factory=Counter)
    bound: dict[str, Sequence[str]] = field(default_factory=dict)

    def ask(self, sql_text: str, parameters: Sequence[str]) -> Answer:
        (file,) = [name for name in self.rows if sql.text(f"{name}.sql") == sql_text] or [""]
        self.asked[file] += 1
        self.bound[file] = parameters
        return self._answer(file)

    def job_runs(self) -> Answer:
        return self._answer("job_runs")

    def alarms(self) -> Answer:
        return self._answer("alarms")

    def _answer(self, file: str) -> Answer:
        if file not in self.rows:
            raise Unanswered("nothing listens")
        rows = tuple(self.rows[file])
        return FakeAnswer(tuple(rows[0]) if rows else (), rows)


def client(lake: FakeLake, keep_seconds: int = 60) -> FlaskClient:
    app = create_app(
        lake, "nowhere", ZoneInfo("Europe/London"), Settings(keep_seconds=keep_seconds), now=lambda: NOW
    )
    app.testing = True
    return app.test_client()
