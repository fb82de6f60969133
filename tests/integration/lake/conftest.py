"""One embedded AWS for all tests of the lake; a database and a bucket for each."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.lake.lake_harness import LakeHarness, environment
from tests.integration.local.aws_harness import running_aws

MakeLake = Callable[..., LakeHarness]


@pytest.fixture(scope="module")
def make_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeLake]:
    numbers = itertools.count()
    with running_aws(tmp_path_factory.mktemp("aws")) as aws, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(aws):
            patch.setenv(name, value)

        def make(**limits: Any) -> LakeHarness:
            number = next(numbers)
            work_dir: Path = tmp_path_factory.mktemp(f"lake{number}")
            return LakeHarness(aws, work_dir, f"lake{number}", **limits)

        yield make


@pytest.fixture
def lake(make_lake: MakeLake) -> LakeHarness:
    return make_lake()
