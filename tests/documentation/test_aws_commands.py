"""The calls of the AWS command line that pages name: botocore's models have the operation and its options."""

import re
from functools import cache

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import ServiceModel

from tests.documentation.pages import PAGES, blocks, calls, named

# Of the command line itself: https://docs.aws.amazon.com/cli/latest/reference/
GLOBAL = {"output", "profile", "query", "region"}
ITS_OWN = {"s3": {"cp", "ls", "mb", "mv", "presign", "rb", "rm", "sync"}, "logs": {"tail"}}
SERVICES = {"s3api": "s3"}
INLINE = re.compile(r"`(aws [^`]+)`")
SUBSTITUTION = re.compile(r"\$\([^()]*\)")


def written() -> list[tuple[str, list[str]]]:
    """Page and arguments of every call, in blocks and within sentences; substitutions are one word."""
    texts = [(page, block.text) for page in PAGES for block in blocks(page)]
    texts += [(page, text) for page in PAGES for text in INLINE.findall(page.read_text(encoding="utf-8"))]
    return [
        (named(page), words)
        for page, text in texts
        for words in calls(SUBSTITUTION.sub("VALUE", text), "aws")
    ]


@cache
def model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def complaint(words: list[str]) -> str | None:
    """What AWS's command line would not know of a call."""
    service, operation, *arguments = words
    if operation in ITS_OWN.get(service, ()):
        return None
    found = model(SERVICES.get(service, service))
    operations = {xform_name(name, "-"): name for name in found.operation_names}
    if operation not in operations:
        return f"{service} {operation}"
    shape = found.operation_model(operations[operation]).input_shape
    options = {xform_name(name, "-") for name in (shape.members if shape else ())} | GLOBAL
    given = [word.removeprefix("--").partition("=")[0] for word in arguments if word.startswith("--")]
    unknown = [name for name in given if name not in options and name.removeprefix("no-") not in options]
    return f"{service} {operation} --{unknown[0]}" if unknown else None


CALLS = [(page, words) for page, words in written() if len(words) > 1]


@pytest.mark.parametrize(
    ("page", "words"), CALLS, ids=[f"{page}: {' '.join(words)[:60]}" for page, words in CALLS]
)
def test_a_command_of_a_page_is_one_that_aws_has(page: str, words: list[str]) -> None:
    assert complaint(words) is None, page


def test_runbooks_have_such_commands() -> None:
    assert {"docs/runbooks/stream-lag.md", "docs/runbooks/job-failed.md"} <= {page for page, _ in CALLS}


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("kinesis describe-streams", "kinesis describe-streams"),
        ("kinesis describe-stream --name x", "kinesis describe-stream --name"),
        ("s3 list", "s3 list"),
        ("kinesis describe-stream --stream-name x --query y", None),
    ],
)
def test_a_call_that_aws_has_not_is_named(call: str, found: str | None) -> None:
    assert complaint(call.split()) == found
