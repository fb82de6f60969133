"""The files of the recording: the calls, and what they were made from."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from infra.local.recording.call import Call
from infra.stack import Profile

RECORDINGS: Final[Mapping[Profile, Path]] = {
    "stream": Path(__file__).parent / "apply.jsonl",
    "direct": Path(__file__).parent / "apply_direct.jsonl",
}
SOURCES: Final = Path(__file__).parent / "sources.json"

_ROOT: Final = Path(__file__).parents[3]
# What Terraform reads to make these calls, apart from the artefacts, whose hashes are placeholders.
_READ_BY_TERRAFORM: Final = (
    "infra/terraform/*.tf",
    "infra/terraform/modules/*/*.tf",
    "infra/terraform/environments/local.tfvars",
    "sql/bronze_order_events/schema.yaml",
    "sql/quarantine_*/schema.yaml",
    "sql/analytics/*.sql",
)
_NAMED_BY_TERRAFORM: Final = ("sql/*/view.sql",)


def load(profile: Profile = "stream") -> list[Call]:
    """The recorded calls, in the order in which they are to be made."""
    return [Call.from_document(json.loads(line)) for line in RECORDINGS[profile].read_text().splitlines()]


def save(calls: Sequence[Call], profile: Profile) -> None:
    """Write the calls, one a line."""
    RECORDINGS[profile].write_text("".join(f"{json.dumps(call.to_document())}\n" for call in calls))


def read_sources(root: Path = _ROOT) -> dict[str, str]:
    """SHA-256 of every file that decides what is recorded, by its path in the repository."""
    contents = {path: path.read_bytes() for path in _matching(root, _READ_BY_TERRAFORM)}
    names = dict.fromkeys(_matching(root, _NAMED_BY_TERRAFORM), b"")
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(content).hexdigest()
        for path, content in sorted({**contents, **names}.items())
    }


def save_sources(sources: dict[str, str], path: Path = SOURCES) -> None:
    path.write_text(json.dumps(sources, indent=2) + "\n")


def changed_sources(path: Path = SOURCES) -> list[str]:
    """Files that were changed, added or removed since the recording was made."""
    recorded = dict(json.loads(path.read_text()))
    current = read_sources()
    return sorted(
        name for name in recorded.keys() | current.keys() if recorded.get(name) != current.get(name)
    )


def _matching(root: Path, patterns: Iterable[str]) -> list[Path]:
    return [path for pattern in patterns for path in root.glob(pattern)]
