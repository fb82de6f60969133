"""The query that chooses rejected records, built from a condition that a person typed.

The condition is parsed, held to a list of harmless expressions over known columns, and written out again
from its tree: nothing of the text itself reaches Athena.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

import sql
from orderlake.errors import ConditionRefused

_DIALECT: Final = "athena"
COLUMNS: Final = (
    "quarantine_id",
    "reason",
    "errors",
    "raw_sha256",
    "raw_size",
    "event_id",
    "event_type",
    "producer_id",
    "sequence",
    "shard_id",
    "sequence_number",
    "sub_sequence_number",
    "arrived_at",
    "arrival_hour",
    "first_rejected_at",
    "last_rejected_at",
    "deliveries",
    "redriven_at",
)
_BOOLEAN: Final = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.Like,
    exp.In,
    exp.Between,
    exp.Is,
    exp.Boolean,
    exp.RegexpLike,
    exp.StartsWith,
)
_HARMLESS: Final = (
    *_BOOLEAN,
    exp.Paren,
    exp.Literal,
    exp.Null,
    exp.Neg,
    exp.Escape,
    exp.Identifier,
    exp.Column,
    exp.Lower,
    exp.Upper,
    exp.Length,
    exp.Coalesce,
)


def parse_condition(text: str) -> exp.Expression:
    """Read one boolean expression over the columns of a rejected record.

    Raises:
        ConditionRefused: it is none, names another column, or holds what it need not, such as a subquery.
    """
    try:
        parsed = sqlglot.parse(text, read=_DIALECT)
    except SqlglotError as error:
        raise ConditionRefused("is no SQL expression") from error
    if len(parsed) != 1 or parsed[0] is None:
        raise ConditionRefused("must be one expression, without a semicolon")
    condition = parsed[0]
    for node in condition.walk():
        if not isinstance(node, _HARMLESS):
            raise ConditionRefused(f"may not hold {node.key.upper()}: {node.sql(_DIALECT)[:60]}")
        if isinstance(node, exp.In) and (node.args.get("query") or node.args.get("unnest")):
            raise ConditionRefused("may not hold a subquery")
        if isinstance(node, exp.Column) and (node.table or node.name.lower() not in COLUMNS):
            raise ConditionRefused(
                f"names {node.sql(_DIALECT)[:60]}, which is no column: the columns are {', '.join(COLUMNS)}"
            )
    if not isinstance(condition.unnest(), _BOOLEAN):
        raise ConditionRefused("must be true or false, such as reason = 'invalid_value'")
    return exp.paren(condition)


def choosing(
    *,
    condition: exp.Expression | None = None,
    quarantine_id: str | None = None,
    reasons: Sequence[str] = (),
    since: datetime | None = None,
    is_redriven: bool | None = None,
    limit: int | None = None,
) -> str:
    """The statement that gives the records of which all of this is true, the oldest first.

    It takes two parameters: the stream's name, and the first `arrival_hour` to look into.
    """
    records = sqlglot.parse_one(sql.text("quarantine/records.sql"), read=_DIALECT)
    assert isinstance(records, exp.Select)  # noqa: S101 - the file of this repository
    chosen = exp.select(*COLUMNS).from_(records.subquery("records"))
    if condition is not None:
        chosen = chosen.where(condition)
    if quarantine_id is not None:
        chosen = chosen.where(exp.column("quarantine_id").eq(quarantine_id))
    if reasons:
        chosen = chosen.where(exp.column("reason").isin(*reasons))
    if since is not None:
        chosen = chosen.where(exp.column("first_rejected_at") >= int(since.timestamp() * 1_000_000))
    if is_redriven is not None:
        is_null = exp.column("redriven_at").is_(exp.null())
        chosen = chosen.where(exp.not_(is_null) if is_redriven else is_null)
    chosen = chosen.order_by("first_rejected_at", "quarantine_id")
    return (chosen if limit is None else chosen.limit(limit)).sql(_DIALECT, comments=False)
