"""Metric data queries, as GetMetricData and alarms on metric math ask them."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.local.cloudwatch import metric_math
from infra.local.cloudwatch.metric_store import Metric, MetricStore
from infra.local.cloudwatch.statistics import is_statistic
from infra.local.cloudwatch.time_series import Context, MetricMathError, Series

_ID = re.compile(r"[a-z][a-zA-Z0-9_]{0,254}")


class QueryError(Exception):
    """The queries are wrong by themselves or together; the message says which one and why."""


@dataclass(frozen=True, slots=True)
class StatQuery:
    """A statistic of one metric, per period of so many seconds."""

    id: str
    label: str
    metric: Metric
    period: int
    stat: str
    unit: str | None
    returned: bool


@dataclass(frozen=True, slots=True)
class MathQuery:
    """An expression over the other queries; without a period of its own it has theirs."""

    id: str
    label: str
    tree: ast.expr
    period: int | None
    returned: bool


Query = StatQuery | MathQuery


def read_queries(definitions: Sequence[Mapping[str, Any]]) -> tuple[Query, ...]:
    """Queries from the API's `MetricDataQueries`. `QueryError` where CloudWatch would refuse them too."""
    queries = tuple(_query(definition) for definition in definitions)
    ids = [query.id for query in queries]
    if len(set(ids)) != len(ids):
        raise QueryError("The values for parameter id in MetricDataQueries are not unique.")
    for query in queries:
        if isinstance(query, MathQuery) and (unknown := sorted(metric_math.names(query.tree) - set(ids))):
            raise QueryError(f"Error in expression '{query.id}': Undefined variable {unknown[0]}")
    return queries


def _query(definition: Mapping[str, Any]) -> Query:
    id_ = definition.get("Id") or ""
    if not _ID.fullmatch(id_):
        raise QueryError(f"The value '{id_}' for parameter Id must begin with a lowercase letter.")
    returned = definition.get("ReturnData")
    shown = True if returned is None else str(returned).lower() == "true"
    stat, expression = definition.get("MetricStat"), definition.get("Expression")
    if (stat is None) == (expression is None):
        raise QueryError(f"Query {id_} needs either MetricStat or Expression.")
    if stat is None:
        period = definition.get("Period")
        try:
            tree = metric_math.parse(str(expression))
        except MetricMathError as error:
            raise QueryError(str(error)) from error
        return MathQuery(id_, definition.get("Label") or id_, tree, int(period) if period else None, shown)
    named = stat["Metric"]
    if not is_statistic(stat["Stat"]):
        raise QueryError(f"The value {stat['Stat']} for parameter Stat is not supported.")
    dimensions = {each["Name"]: each["Value"] for each in named.get("Dimensions") or []}
    metric = Metric.of(named["Namespace"], named["MetricName"], dimensions)
    label = definition.get("Label") or metric.name
    return StatQuery(id_, label, metric, int(stat["Period"]), stat["Stat"], stat.get("Unit"), shown)


class QueryRun:
    """The queries' answers over one stretch of time, each worked out once and only if asked for."""

    def __init__(self, store: MetricStore, queries: Sequence[Query], start: int, end: int) -> None:
        self._store = store
        self._queries = {query.id: query for query in queries}
        self._start, self._end = start, end
        self._found: dict[str, tuple[Series, ...]] = {}
        self._under_way: set[str] = set()

    def series(self, id_: str) -> tuple[Series, ...]:
        """The series of a query: one, unless an expression yields several. `QueryError` for bad math."""
        if id_ not in self._found:
            if id_ in self._under_way:
                raise QueryError(f"Error in expression '{id_}': it refers to itself")
            self._under_way.add(id_)
            query = self._queries[id_]
            self._found[id_] = (self._stat(query),) if isinstance(query, StatQuery) else self._math(query)
        return self._found[id_]

    def period(self, id_: str) -> int:
        """The seconds between the points of a query: its own, or the longest of those that it refers to."""
        query = self._queries[id_]
        if isinstance(query, StatQuery):
            return query.period
        if query.period is not None:
            return query.period
        referred = metric_math.names(query.tree) & self._queries.keys() - {id_}
        known = [each.period for each in self._queries.values() if isinstance(each, StatQuery)]
        return max([self.period(each) for each in referred] or known or [60])

    def _stat(self, query: StatQuery) -> Series:
        start = datetime.fromtimestamp(self._start, UTC)
        end = datetime.fromtimestamp(self._end, UTC)
        windows = self._store.read(query.metric, start, end, query.period, query.unit)
        found = ((at, each.statistic(query.stat)) for at, each in windows.items())
        return Series(query.id, {at: value for at, value in found if value is not None})

    def _math(self, query: MathQuery) -> tuple[Series, ...]:
        period = self.period(query.id)
        context = Context(range(self._start, self._end, period), period, self._one, self._metrics)
        try:
            return metric_math.run(context, query.id, query.tree)
        except MetricMathError as error:
            raise QueryError(f"Error in expression '{query.id}': {error}") from error

    def _one(self, id_: str) -> Series:
        found = self.series(id_)
        if len(found) != 1:
            raise MetricMathError(f"{id_} is a list of time series")
        return found[0]

    def _metrics(self) -> list[Series]:
        return [self._one(query.id) for query in self._queries.values() if isinstance(query, StatQuery)]
