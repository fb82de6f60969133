"""The chaos suite, a little of it: sound builds pass, and builds that are broken on purpose do not."""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("glue", "infra", "orderlake", "producer", "sql", "stream_processors", "tests")

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def chaos(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.chaos", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@dataclass(frozen=True)
class Build:
    """One text of one file that another one takes the place of; which fault at which seed shows it."""

    file: str
    sound: str
    broken: str
    fault: str
    seed: int
    found: str


BUILDS = {
    "a retry skipped": Build(
        "producer/put_records.py",
        "        return Outcome(everything, (), code)\n    return",
        "        return Outcome()\n    return",
        "kinesis_errors",
        2,
        "lost",
    ),
    "a failed entry dropped": Build(
        "stream_processors/order_ingest/delivery.py",
        "        return failed\n",
        "        return []\n",
        "firehose_refuses",
        7,
        "lost",
    ),
    "the checkpoint before the rows": Build(
        "glue/silver.py",
        "        try:\n            loaded = engine.load_events(chunk)\n",
        "        bronze.record(run_id, [Consumed(item, 0) for item in chunk])\n"
        "        try:\n            loaded = engine.load_events(chunk)\n",
        "job_killed",
        2042,
        "lost",
    ),
    # The answers to this seed's first two commits to the table are lost.
    "a blindly retried append": Build(
        "glue/engines/merge.py",
        "        self._lake.commit(table, add=added, remove=removed)\n",
        "        try:\n            self._lake.commit(table, add=added, remove=removed)\n"
        "        except Exception:\n"
        "            self._lake.commit(table.refresh(), add=added, remove=removed)\n",
        "catalogue_conflicts",
        313,
        "double-counted",
    ),
}


def test_faults_that_come_together_lose_and_double_nothing() -> None:
    done = chaos(REPOSITORY, "--first", "18", "--seeds", "2")

    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, subprocess.CompletedProcess[str]]:
    """What the suite said of each broken build; two at once, because they wait more than they work."""
    with ThreadPoolExecutor(2) as pool:
        done = pool.map(lambda build: judge(build, tmp_path_factory.mktemp("broken")), BUILDS.values())
        return dict(zip(BUILDS, done, strict=True))


def judge(build: Build, folder: Path) -> subprocess.CompletedProcess[str]:
    for package in PACKAGES:
        unneeded = shutil.ignore_patterns("__pycache__", ".terraform")
        shutil.copytree(REPOSITORY / package, folder / package, ignore=unneeded)
    file = folder / build.file
    text = file.read_text()
    assert text.count(build.sound) == 1, f"{build.file} has changed: mend the broken build"
    file.write_text(text.replace(build.sound, build.broken))
    of_seed = ("--first", str(build.seed), "--seeds", "1", "--only", build.fault)
    return chaos(folder, *of_seed, "--drain", "15")


@pytest.mark.parametrize("name", BUILDS)
def test_a_build_broken_on_purpose_is_caught(
    name: str, judged: dict[str, subprocess.CompletedProcess[str]]
) -> None:
    done = judged[name]

    assert done.returncode == 1, done.stderr
    found = re.search(rf"{BUILDS[name].found} (\d+)", done.stderr)
    assert found is not None
    assert int(found[1]) > 0, done.stderr
