"""Each deployable imports with its own extra and nothing else."""

import subprocess
import venv
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
STAGES = {
    "producer": "import producer.run, producer.order_files, producer.lake",
    "simulator": "import producer.simulator",
    "processors": "import stream_processors.order_ingest.ingest, stream_processors.order_ingest.settings",
    "glue": "import glue.jobs.entry, glue.engines.duckdb, glue.views",
    "local": "import infra.local.server, infra.packaging",
    "cli": "import orderlake.cli as c, click; [c.cli.get_command(click.Context(c.cli), n) for n in c.COMMANDS]",
}


def constraints(folder: Path) -> Path:
    """The locked versions without their hashes, which pip refuses beside a local project."""
    file = folder / "constraints.txt"
    lines = (ROOT / "requirements" / "run.txt").read_text().splitlines()
    kept = [line.rstrip(" \\") for line in lines if line and line[0].isalnum()]
    file.write_text("\n".join(kept) + "\n")
    return file


@pytest.mark.parametrize("extra", sorted(STAGES))
def test_an_extra_alone_imports_its_stage(extra: str, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", str(constraints(tmp_path)), f"{ROOT}[{extra}]"], check=True, timeout=500)

    done = subprocess.run(
        [str(python), "-c", STAGES[extra]], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
