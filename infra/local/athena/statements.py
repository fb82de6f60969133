"""What kind of statement a text is, told before anything runs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from infra.local.athena.errors import InvalidQuery

_NAME = r"(?:[`\"]?(?P<db>\w+)[`\"]?\s*\.\s*)?[`\"]?(?P<name>\w+)[`\"]?"


class Kind(StrEnum):
    """Statements that run here; the rest of Athena's is `UNSUPPORTED`."""

    QUERY = "query"
    EXPLAIN = "explain"
    CREATE_DATABASE = "create database"
    DROP_DATABASE = "drop database"
    CREATE_VIEW = "create view"
    DROP_VIEW = "drop view"
    DROP_TABLE = "drop table"
    SHOW_DATABASES = "show databases"
    SHOW_TABLES = "show tables"
    SHOW_VIEWS = "show views"
    SHOW_COLUMNS = "show columns"
    SHOW_CREATE_VIEW = "show create view"
    DESCRIBE = "describe"
    OPTIMIZE = "optimize"
    VACUUM = "vacuum"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Statement:
    """A classified statement; names are lower case, `body` is the query within."""

    kind: Kind
    statement_type: str
    body: str
    database: str | None = None
    name: str | None = None
    is_optional: bool = False
    pattern: str | None = None


_IF = r"(?P<optional>IF\s+(?:NOT\s+)?EXISTS\s+)?"
_REPLACE = r"(?P<optional>OR\s+REPLACE\s+)?"
_RULES: Sequence[tuple[Kind, str, str]] = (
    (Kind.QUERY, "DML", r"(?P<body>\(*\s*(?:SELECT|WITH|VALUES|TABLE)\b.*)"),
    (Kind.EXPLAIN, "DML", r"EXPLAIN\s+(?P<body>(?:SELECT|WITH)\b.*)"),
    (
        Kind.CREATE_DATABASE,
        "DDL",
        rf"CREATE\s+(?:DATABASE|SCHEMA)\s+{_IF}[`\"]?(?P<name>\w+)[`\"]?(?P<body>.*)",
    ),
    (
        Kind.DROP_DATABASE,
        "DDL",
        rf"DROP\s+(?:DATABASE|SCHEMA)\s+{_IF}[`\"]?(?P<name>\w+)[`\"]?\s*(?P<body>CASCADE|RESTRICT)?",
    ),
    (Kind.CREATE_VIEW, "DDL", rf"CREATE\s+{_REPLACE}VIEW\s+{_NAME}\s+AS\s+(?P<body>.*)"),
    (Kind.DROP_VIEW, "DDL", rf"DROP\s+VIEW\s+{_IF}{_NAME}"),
    (Kind.DROP_TABLE, "DDL", rf"DROP\s+TABLE\s+{_IF}{_NAME}"),
    (Kind.SHOW_DATABASES, "UTILITY", r"SHOW\s+(?:DATABASES|SCHEMAS)(?:\s+LIKE\s+'(?P<pattern>[^']*)')?"),
    (
        Kind.SHOW_TABLES,
        "UTILITY",
        r"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+[`\"]?(?P<db>\w+)[`\"]?)?(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?",
    ),
    (
        Kind.SHOW_VIEWS,
        "UTILITY",
        r"SHOW\s+VIEWS(?:\s+(?:IN|FROM)\s+[`\"]?(?P<db>\w+)[`\"]?)?(?:\s+(?:LIKE\s+)?'(?P<pattern>[^']*)')?",
    ),
    (Kind.SHOW_COLUMNS, "UTILITY", rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+{_NAME}"),
    (Kind.SHOW_CREATE_VIEW, "UTILITY", rf"SHOW\s+CREATE\s+VIEW\s+{_NAME}"),
    (Kind.OPTIMIZE, "DML", rf"OPTIMIZE\s+{_NAME}\s+REWRITE\s+DATA\s+USING\s+BIN_PACK"),
    # Athena takes no double quotes here.
    (Kind.VACUUM, "DML", r"VACUUM\s+(?:`?(?P<db>\w+)`?\s*\.\s*)?`?(?P<name>\w+)`?"),
    (Kind.DESCRIBE, "UTILITY", rf"(?:DESCRIBE|DESC)\s+(?:FORMATTED\s+|EXTENDED\s+)?{_NAME}"),
)
_UNSUPPORTED = (
    r"(?P<body>(?:INSERT|UPDATE|DELETE|MERGE|OPTIMIZE|VACUUM|CREATE|ALTER|MSCK|UNLOAD|PREPARE|EXECUTE|DEALLOCATE"
    r"|SHOW|DROP|EXPLAIN)\b.*)"
)
_COMMENTS = re.compile(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)+", re.DOTALL)


def classify(sql: str) -> Statement:
    """The statement in a text, a trailing semicolon dropped. `InvalidQuery` for what is no statement."""
    text = _COMMENTS.sub("", sql).rstrip().rstrip(";").rstrip()
    if not text:
        raise InvalidQuery("line 1:1: mismatched input '<EOF>'")
    for kind, statement_type, pattern in _RULES:
        found = re.fullmatch(pattern, text, re.IGNORECASE | re.DOTALL)
        if found is None:
            continue
        groups = found.groupdict()
        return Statement(
            kind=kind,
            statement_type=statement_type,
            body=sql if kind is Kind.QUERY else (groups.get("body") or ""),
            database=groups["db"].lower() if groups.get("db") else None,
            name=groups["name"].lower() if groups.get("name") else None,
            is_optional=bool(groups.get("optional")),
            pattern=groups.get("pattern"),
        )
    if re.fullmatch(_UNSUPPORTED, text, re.IGNORECASE | re.DOTALL):
        words = text.split()
        is_dml = words[0].upper() in {"INSERT", "UPDATE", "DELETE", "MERGE", "UNLOAD"}
        return Statement(Kind.UNSUPPORTED, "DML" if is_dml else "DDL", words[0].upper())
    raise InvalidQuery(f"line 1:1: mismatched input '{text.split()[0]}'")
