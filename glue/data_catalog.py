"""Writes docs/data-catalog.md from the contracts and queries in sql/: `python -m glue.data_catalog`.

`--check` writes nothing and exits 1 where the document says something else. Run from the project's root.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import FrozenSet, List, Mapping, Optional, Sequence

import sql
from glue.dialect import relations_used
from glue.tables import TableSpec, load_all

DOCUMENT = Path("docs/data-catalog.md")
_LAYERS = ("bronze", "silver", "gold")
# What decoded payloads are called in queries; they are the root's.
_DECODED = frozenset({"events", "lines", "source_events"})
_ROOT = "silver_order_events"


def document(specs: Mapping[str, TableSpec]) -> str:
    """The whole document."""
    origins = {name: _origins(spec, specs) for name, spec in specs.items()}
    views = {name: relations_used(_select(sql.view(name))) for name in sql.views()}
    lines = [
        "# The data catalogue",
        "",
        "Generated from `sql/*/schema.yaml`, `query.sql` and `view.sql` by `python -m glue.data_catalog`.",
        "Amounts are exact decimals in the row's `currency`; times are UTC; dates are the shop's own.",
        "",
        "```mermaid",
        "flowchart LR",
        *(f"  {origin} --> {name}" for name in origins for origin in sorted(origins[name])),
        *(
            f"  {origin} -.-> {name}"
            for name in views
            for origin in sorted(views[name] & (set(specs) | set(views)))
        ),
        "```",
    ]
    for layer in _LAYERS:
        lines += ["", f"## {layer.capitalize()}"]
        for name, spec in specs.items():
            if spec.layer == layer:
                readers = [each for each in origins if name in origins[each]]
                readers += [each for each in views if name in views[each]]
                lines += _table(spec, sorted(origins[name]), sorted(readers))
    lines += ["", "## Views", "", "| view | reads |", "|---|---|"]
    lines += [f"| `{name}` | {_names(sorted(views[name] & (set(specs) | set(views))))} |" for name in views]
    return "\n".join(lines) + "\n"


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m glue.data_catalog", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the document is up to date")
    options = parser.parse_args(arguments)
    text = document(load_all())
    if options.check:
        if not DOCUMENT.is_file() or DOCUMENT.read_text(encoding="utf-8") != text:
            sys.stderr.write(f"{DOCUMENT} is stale: run python -m glue.data_catalog\n")
            return 1
        return 0
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


def _origins(spec: TableSpec, specs: Mapping[str, TableSpec]) -> FrozenSet[str]:
    if spec.name == _ROOT:
        return frozenset({"bronze_order_events"})
    if spec.source is None:
        return frozenset()
    used = relations_used(sql.query(spec.name))
    root = {_ROOT} if used & _DECODED else set()
    return frozenset((used & set(specs)) | root | {spec.source})


def _select(view: str) -> str:
    """The query of a view: what follows its first AS."""
    return view.split(" AS\n", 1)[1].rstrip().rstrip(";")


def _table(spec: TableSpec, origins: Sequence[str], readers: Sequence[str]) -> List[str]:
    partitions = ", ".join(
        f"`{part.column}` by {part.transform or part.projection}" for part in spec.partitions
    )
    return [
        "",
        f"### {spec.name}",
        spec.description,
        "",
        f"- **grain** {spec.grain}; **key** {_names(spec.key)}",
        f"- **stored** {spec.format} under `{spec.location}`, partitioned {partitions or 'not at all'}",
        f"- **made from** {_names(origins) or 'what arrives'}; **read by** {_names(readers) or 'people'}",
        "",
        "| column | type | null | |",
        "|---|---|---|---|",
        *(
            f"| `{column.name}` | {column.type} | {'no' if column.required else 'yes'} "
            f"| {column.description.replace('|', chr(92) + '|')} |"
            for column in spec.columns
        ),
    ]


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.exit(main())
