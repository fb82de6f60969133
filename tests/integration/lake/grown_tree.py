"""A copy of the product whose contracts have one more field, as a developer would add it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
TABLE = "silver_stock_movements"
COLUMN = '  - {name: warehouse, type: string, description: "where the goods lie"}\n'
_ADDED_TO = {
    "producer/contract_payloads.py": [
        ('counted to be `quantity` (`count`)."""\n', 'counted."""\n\n    warehouse: Text | None = None\n')
    ],
    f"sql/{TABLE}/query.sql": [("reference\n", "reference, warehouse\n")],
    "sql/duckdb/events.sql": [
        ('"reference": "VARCHAR",', '"reference": "VARCHAR", "warehouse": "VARCHAR",'),
        ("content.reference,", "content.reference, content.warehouse,"),
    ],
}


def grown_tree(folder: Path, tables: Sequence[str]) -> Path:
    """The copy, in `folder`; `tables` have the field as a column."""
    for package in ("producer", "stream_processors", "glue", "sql"):
        shutil.copytree(REPOSITORY / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in tables:
        schema = folder / "sql" / name / "schema.yaml"
        schema.write_text(schema.read_text(encoding="utf-8").rstrip() + f"\n{COLUMN}", encoding="utf-8")
    for path, changes in _ADDED_TO.items():
        file = folder / path
        text = file.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{path} has no {old!r}"
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")
    return folder


def run_in(
    tree: Path, module: str, *arguments: str, check: bool = True
) -> "subprocess.CompletedProcess[str]":
    """Run a module with the packages of the tree, and the tests of this repository."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{REPOSITORY}"},
        check=check,
        capture_output=True,
        text=True,
        timeout=300,
    )
