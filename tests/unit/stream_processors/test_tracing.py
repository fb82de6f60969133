import subprocess
import sys

import pytest

from stream_processors.order_ingest.tracing import traced

IS_TRACED = (
    "import sys; from stream_processors.order_ingest.tracing import traced;"
    "traced(len, {environment}); print('aws_xray_sdk' in sys.modules)"
)


@pytest.mark.parametrize("environment", [{}, {"POWERTOOLS_TRACE_DISABLED": "true"}])
def test_a_function_that_is_not_to_be_traced_is_itself(environment: dict[str, str]) -> None:
    assert traced(len, environment) is len


@pytest.mark.parametrize(("value", "expected"), [("true", "False"), ("", "False"), ("false", "True")])
def test_xrays_sdk_is_imported_only_where_tracing_is_asked_for(value: str, expected: str) -> None:
    code = IS_TRACED.format(environment={"POWERTOOLS_TRACE_DISABLED": value})
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected


def test_the_function_imports_neither_pydantic_nor_boto3_nor_xray() -> None:
    code = (
        "import os, sys; from tests.unit.stream_processors.conftest import ENVIRONMENT;"
        "before = set(sys.modules);"
        " os.environ.update(ENVIRONMENT); import stream_processors.order_ingest.handler;"
        "heavy = {'pydantic', 'boto3', 'urllib3', 'aws_xray_sdk'};"
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before} & heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
