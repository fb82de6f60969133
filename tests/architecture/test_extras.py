"""Each deployable imports with what its own extra brings and nothing else.

The extra's closure is read from the installed distributions; everything else is hidden. The workflows
install each extra alone for real.
"""

import subprocess
import sys
from importlib.metadata import distribution, packages_distributions

import pytest
from packaging.requirements import Requirement

STAGES = {
    "producer": "import producer.run, producer.order_files, producer.lake",
    "simulator": "import producer.simulator",
    "processors": (
        "import stream_processors.order_ingest.ingest, stream_processors.order_transform.returned, "
        "stream_processors.order_api.api"
    ),
    "glue": "import glue.jobs.entry, glue.engines.duckdb, glue.views",
    "local": "import infra.local.server, infra.packaging",
    "dashboard": "import dashboards.web, waitress",
    "cli": "from orderlake.cli import COMMANDS, cli; [cli.get_command(None, name) for name in COMMANDS]",
}
HIDE = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"{name} is not in the extra", name=name)

sys.meta_path.insert(0, Hidden())
"""


def closure(name: str, extras: frozenset[str]) -> set[str]:
    """Normalised names of the distributions that `name[extras]` installs here, itself included."""
    found: set[str] = set()
    pending = [(name, extras)]
    seen = set()
    while pending:
        current, wanted = pending.pop()
        if (current, wanted) in seen:
            continue
        seen.add((current, wanted))
        found.add(current)
        for text in distribution(current).requires or []:
            requirement = Requirement(text)
            environments = [{"extra": extra} for extra in wanted] or [{"extra": ""}]
            if requirement.marker and not any(map(requirement.marker.evaluate, environments)):
                continue
            pending.append((normalised(requirement.name), frozenset(requirement.extras)))
    return found


def normalised(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def hidden_from(extra: str) -> set[str]:
    """Top-level modules of the distributions that are installed here and not in the extra's closure."""
    kept = closure("orderlake", frozenset({extra}))
    return {
        module
        for module, owners in packages_distributions().items()
        if not kept & {normalised(owner) for owner in owners} and module not in sys.stdlib_module_names
    }


@pytest.mark.parametrize("extra", sorted(STAGES))
def test_an_extra_alone_imports_its_stage(extra: str) -> None:
    program = f"HIDDEN = {hidden_from(extra)!r}\n{HIDE}\n{STAGES[extra]}"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_what_an_extra_lacks_cannot_be_imported() -> None:
    assert {"pytest", "mypy", "moto", "duckdb"} <= hidden_from("producer")
