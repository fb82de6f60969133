"""How queries fail.

    AthenaQueryError
    ├── InvalidQuery      refused by StartQueryExecution: not SQL at all
    ├── QueryFailed       the query ends FAILED; `code` is Athena's prefix of the reason
    └── QueryCancelled    the query ends CANCELLED: stopped, or over its limit of bytes

`QueryFailed` carries `code`, `detail`, and `line` and `column` (from 1) where the fault has a place.
"""

import re

import duckdb

_NO_COLUMN = "Column '{name}' cannot be resolved or requester is not authorized to access requested resources"


class AthenaQueryError(Exception):
    """The root of this tree."""


class InvalidQuery(AthenaQueryError):  # the API's word: InvalidRequestException
    """The text cannot be parsed; the message says where."""


class QueryCancelled(AthenaQueryError):  # a state, not a fault
    """The query was stopped; the message is the reason."""


class QueryFailed(AthenaQueryError):  # a state, as Athena names it
    """The query cannot be answered."""

    def __init__(self, code: str, detail: str, *, line: int | None = None, column: int | None = None) -> None:
        self.code = code
        self.detail = detail
        self.line = line
        self.column = column
        place = "" if line is None else f"line {line}:{column}: "
        super().__init__(f"{code}: {place}{detail}")


def not_supported(what: str) -> QueryFailed:
    return QueryFailed("NOT_SUPPORTED", f"{what} is not supported by the embedded Athena")


def column_not_found(name: str, line: int, column: int) -> QueryFailed:
    return QueryFailed(
        "COLUMN_NOT_FOUND",
        _NO_COLUMN.format(name=name),
        line=line,
        column=column,
    )


def table_not_found(database: str, table: str, line: int, column: int) -> QueryFailed:
    return QueryFailed(
        "TABLE_NOT_FOUND",
        f"Table 'awsdatacatalog.{database}.{table}' does not exist",
        line=line,
        column=column,
    )


def schema_not_found(database: str, line: int, column: int) -> QueryFailed:
    return QueryFailed("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist", line=line, column=column)


_BY_TEXT: tuple[tuple[str, str, str], ...] = (
    (r"Division by zero", "DIVISION_BY_ZERO", "Division by zero"),
    (
        r"More than one row returned by a subquery",
        "SUBQUERY_MULTIPLE_ROWS",
        "Scalar sub-query has returned multiple rows",
    ),
    (
        r'Referenced column "(?P<name>[^"]+)" not found',
        "COLUMN_NOT_FOUND",
        f"line 1:1: {_NO_COLUMN}",
    ),
    (
        r'column "(?P<name>[^"]+)" must appear in the GROUP BY clause',
        "EXPRESSION_NOT_AGGREGATE",
        "line 1:1: '{name}' must be an aggregate expression or appear in GROUP BY clause",
    ),
    (
        r"Function with name (?P<name>\S+) does not exist",
        "FUNCTION_NOT_FOUND",
        "line 1:1: Function '{name}' not registered",
    ),
)

_BY_CLASS: tuple[tuple[type[duckdb.Error], str], ...] = (
    (duckdb.OutOfMemoryException, "EXCEEDED_LOCAL_MEMORY_LIMIT"),
    (duckdb.ConversionException, "INVALID_CAST_ARGUMENT"),
    (duckdb.OutOfRangeException, "NUMERIC_VALUE_OUT_OF_RANGE"),
    (duckdb.BinderException, "TYPE_MISMATCH"),
    (duckdb.ParserException, "SYNTAX_ERROR"),
    (duckdb.InvalidInputException, "INVALID_FUNCTION_ARGUMENT"),
)


def from_duckdb(error: duckdb.Error) -> QueryFailed:
    """The failure that Athena would report, as near as the engine's own error tells it."""
    text = str(error)
    for pattern, code, wording in _BY_TEXT:
        found = re.search(pattern, text)
        if found:
            return QueryFailed(code, wording.format(**found.groupdict()))
    first_line = text.splitlines()[0].partition("Error: ")[2] or text.splitlines()[0]
    for kind, code in _BY_CLASS:
        if isinstance(error, kind):
            return QueryFailed(code, first_line)
    return QueryFailed("GENERIC_INTERNAL_ERROR", first_line)
