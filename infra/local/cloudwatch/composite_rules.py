"""Rules of composite alarms: `ALARM("a") AND (NOT OK(b) OR INSUFFICIENT_DATA(c))`, TRUE, FALSE."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from infra.local.cloudwatch.alarm_rules import State

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<test>ALARM|OK|INSUFFICIENT_DATA)\s*
            \(\s*(?:"(?P<quoted>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s()"']+))\s*\)
        |(?P<word>AND|OR|NOT|TRUE|FALSE)\b
        |(?P<bracket>[()])
    )""",
    re.IGNORECASE | re.VERBOSE,
)


class CompositeRuleError(Exception):
    """The rule cannot be parsed."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    alarm: str = ""


@dataclass(frozen=True)
class CompositeRule:
    """A parsed rule; `children` are the alarms' names (or ARNs) as they are written."""

    holds: Callable[[Callable[[str], State]], bool]
    children: tuple[str, ...]


_Test = Callable[[Callable[[str], State]], bool]


def parse_rule(text: str) -> CompositeRule:
    """NOT binds before AND, AND before OR. `CompositeRuleError` if it is no rule."""
    tokens = list(_tokens(text))
    parser = _Parser(tokens)
    test = parser.either()
    if parser.at < len(tokens):
        raise CompositeRuleError(f"AlarmRule has something left over: {text}")
    return CompositeRule(test, tuple(dict.fromkeys(token.alarm for token in tokens if token.alarm)))


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise CompositeRuleError(f"AlarmRule cannot be read from: {text[at:].strip()[:60]}")
        at = match.end()
        if match["test"]:
            yield _Token(match["test"].upper(), match["quoted"] or match["single"] or match["bare"] or "")
        else:
            yield _Token((match["word"] or match["bracket"]).upper())


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self.at = 0

    def either(self) -> _Test:
        left = self._both()
        while self._take("OR"):
            left = _or(left, self._both())
        return left

    def _both(self) -> _Test:
        left = self._single()
        while self._take("AND"):
            left = _and(left, self._single())
        return left

    def _single(self) -> _Test:
        if self._take("NOT"):
            inner = self._single()
            return lambda state: not inner(state)
        if self._take("("):
            inner = self.either()
            if not self._take(")"):
                raise CompositeRuleError("AlarmRule lacks a closing bracket")
            return inner
        if self.at >= len(self._tokens):
            raise CompositeRuleError("AlarmRule ends too early")
        token = self._tokens[self.at]
        self.at += 1
        if token.kind in ("TRUE", "FALSE"):
            return lambda _: token.kind == "TRUE"
        if token.alarm:
            wanted = State(token.kind)
            return lambda state: state(token.alarm) is wanted
        raise CompositeRuleError(f"AlarmRule has {token.kind} where a condition is expected")

    def _take(self, kind: str) -> bool:
        found = self.at < len(self._tokens) and self._tokens[self.at].kind == kind
        self.at += found
        return found


def _or(left: _Test, right: _Test) -> _Test:
    return lambda state: left(state) or right(state)


def _and(left: _Test, right: _Test) -> _Test:
    return lambda state: left(state) and right(state)
