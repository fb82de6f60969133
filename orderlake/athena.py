"""Runs SQL through Athena's API and returns rows."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import pyathena
from botocore.exceptions import BotoCoreError
from pyathena.cursor import Cursor
from pyathena.error import DatabaseError, OperationalError

from orderlake.aws import Aws
from orderlake.errors import QueryRefused

NO_TABLES_YET: Final = (
    "the tables of this question are not there yet: run `orderlake job silver --wait`, "
    "then `orderlake job gold --wait`."
)


@dataclass(frozen=True)
class QueryResult:
    """The rows of one query, and what they cost."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, object], ...]
    data_scanned_bytes: int
    engine_milliseconds: int


def run(aws: Aws, sql: str, parameters: Sequence[str] = ()) -> QueryResult:
    """Run one statement in the stack's workgroup and database; decimals come as `Decimal`, dates as `date`.

    `parameters` are bound to the statement's `?` by Athena, as SQL literals.

    Raises:
        QueryRefused: Athena failed the statement; the message is Athena's.
    """
    with _executed(aws, sql, parameters) as cursor:
        columns = tuple(column[0] for column in cursor.description or ())
        rows = tuple(dict(zip(columns, row, strict=True)) for row in cursor.fetchall()) if columns else ()
        return QueryResult(
            columns=columns,
            rows=rows,
            data_scanned_bytes=cursor.data_scanned_in_bytes or 0,
            engine_milliseconds=cursor.engine_execution_time_in_millis or 0,
        )


def stream_rows(aws: Aws, sql: str, parameters: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """Run one statement and read its result file row by row, as text: for results of any length.

    Raises:
        QueryRefused: Athena failed the statement; the message is Athena's.
    """
    with _executed(aws, sql, parameters) as cursor:
        place = urlsplit(cursor.output_location or "")
        body = aws.session.client("s3").get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"]
        with io.TextIOWrapper(io.BufferedReader(body), encoding="utf-8", newline="") as text:  # type: ignore[type-var]
            yield from csv.DictReader(text)


@contextmanager
def _executed(aws: Aws, sql: str, parameters: Sequence[str]) -> Iterator[Cursor]:
    with pyathena.connect(
        session=aws.session,
        region_name=aws.region,
        endpoint_url=aws.endpoint_url,
        work_group=aws.stack.workgroup,
        schema_name=aws.stack.database,
        poll_interval=0.05 if aws.endpoint_url else 0.5,
    ) as connection:
        cursor = connection.cursor(Cursor)
        try:
            cursor.execute(sql, list(parameters) or None, paramstyle="qmark" if parameters else None)
        except (OperationalError, DatabaseError) as error:
            if isinstance(error.__cause__, BotoCoreError):  # nobody refused: nobody answered
                raise error.__cause__ from None
            raise QueryRefused(str(error)) from error
        yield cursor
