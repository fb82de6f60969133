"""A stack that nobody asks, and sources that answer what a test says."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

from infra.stack import Profile
from orderlake.aws import Aws
from orderlake.status.sources import SOURCES, Source


class FakeClient:
    """Gives one answer to each call, and notes what it was asked."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, call: str) -> Any:
        def answer(**asked: Any) -> Any:
            self.asked.append((call, asked))
            return self._answers[call]

        return answer

    def get_paginator(self, call: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [self._answers[call]])


def fake_aws(profile: Profile = "stream", **clients: FakeClient) -> Aws:
    stack = SimpleNamespace(
        profile=profile, stream_name="orderlake-dev-orders", jobs={"silver": "orderlake-dev-silver"}
    )
    session = SimpleNamespace(client=clients.__getitem__)
    return cast("Aws", SimpleNamespace(stack=stack, session=session, environment="dev"))


def source(name: str) -> Source:
    (found,) = (one for one in SOURCES if one.name == name)
    return found
