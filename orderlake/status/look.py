"""Asks all sources of a status, side by side; what one does not answer spoils no other."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from orderlake import athena, failures
from orderlake.aws import Aws
from orderlake.errors import QueryRefused
from orderlake.operations import Row
from orderlake.status.sources import SOURCES, Source


@dataclass(frozen=True)
class Section:
    """What a source answered; `note` says why it has no rows."""

    source: Source
    rows: tuple[Row, ...]
    note: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Status:
    """One look at a stack."""

    at: datetime
    sections: tuple[Section, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(problem for section in self.sections for problem in section.problems)

    def document(self) -> Row:
        """For programs: everything, not only what fits a screen."""
        return {
            "at": self.at,
            "problems": list(self.problems),
            **{section.source.name: [dict(row) for row in section.rows] for section in self.sections},
        }


def look(aws: Aws, sources: Sequence[Source] = SOURCES) -> Status:
    """Every source that this profile has, asked once.

    Raises:
        StackNotFound: there is nothing to look at.
    """
    # Read before the threads begin: the session makes its first client here, which is not thread-safe.
    profile = aws.stack.profile
    asked = [source for source in sources if profile in source.profiles]
    with ThreadPoolExecutor(max(1, len(asked))) as pool:
        sections = tuple(pool.map(lambda source: _section(aws, source), asked))
    return Status(datetime.now(UTC), sections)


def _section(aws: Aws, source: Source) -> Section:
    try:
        rows = tuple(source.ask(aws))
    except QueryRefused as error:
        if error.lacks_table:
            return Section(source, (), athena.NO_TABLES_YET)
        return _unanswered(source, error)
    except (*failures.EXPECTED, BotoCoreError, ClientError) as error:
        return _unanswered(source, error)
    problems = tuple(problem for row in rows if (problem := source.problem(row)))
    return Section(source, rows, "" if rows else "nothing", problems)


def _unanswered(source: Source, error: Exception) -> Section:
    message, _ = failures.explain(error)
    return Section(source, (), f"not known: {message}", (f"{source.name} is not known: {message}",))
