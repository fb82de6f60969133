"""Runs SQL through Athena's API and returns typed rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyathena
from pyathena.error import DatabaseError, OperationalError

from orderlake.aws import Aws
from orderlake.errors import QueryRefused


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
    with pyathena.connect(
        session=aws.session,
        region_name=aws.region,
        endpoint_url=aws.endpoint_url,
        work_group=aws.stack.workgroup,
        schema_name=aws.stack.database,
        poll_interval=0.05 if aws.endpoint_url else 0.5,
    ) as connection:
        cursor = connection.cursor()
        try:
            cursor.execute(sql, list(parameters) or None, paramstyle="qmark" if parameters else None)
        except (OperationalError, DatabaseError) as error:
            raise QueryRefused(str(error)) from error
        columns = tuple(column[0] for column in cursor.description or ())
        rows = tuple(dict(zip(columns, row, strict=True)) for row in cursor.fetchall()) if columns else ()
        return QueryResult(
            columns=columns,
            rows=rows,
            data_scanned_bytes=cursor.data_scanned_in_bytes or 0,
            engine_milliseconds=cursor.engine_execution_time_in_millis or 0,
        )
