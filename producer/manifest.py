"""A producer run's manifest: what was announced, what was acknowledged; the ledger's first column.

One JSON object per run in the lake, `audit/runs/<producer_id>.json`, written again as the run goes
on. Whenever the producer is killed the last one written is true: what it calls acknowledged was, and
nothing beyond `announced` was ever sent.
"""

import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, Protocol, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from producer.errors import ManifestUnreadable

MANIFEST_PREFIX: Final = "audit/runs/"

Range = tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]]


class ManifestStore(Protocol):
    """Where manifests are written: `put` replaces the whole object or raises."""

    def put(self, key: str, body: bytes) -> None: ...


class ManifestSource(Protocol):
    """Where manifests are read."""

    def keys(self, prefix: str) -> Iterable[str]: ...

    def get(self, key: str) -> bytes: ...


class EventTypeStats(BaseModel):
    """Acknowledged events of one type."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: int = 0
    bytes: int = 0


class RunManifest(BaseModel):
    """One run. `acknowledged` and `failed` are inclusive ranges of sequence, sorted and apart.

    `announced` is the highest sequence that may have been sent; what lies between it and the ranges
    is unknown: sent and unanswered, or never sent. `bytes` counts data and partition keys.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: Literal[1] = 1
    producer_id: Annotated[str, Field(min_length=1, max_length=256)]
    started_at: AwareDatetime
    updated_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    command: str
    source: str | None = None
    seed: int | None = None
    stream_name: str
    announced: Annotated[int, Field(ge=0)] = 0
    acknowledged: tuple[Range, ...] = ()
    failed: tuple[Range, ...] = ()
    events: int = 0
    bytes: int = 0
    retries: int = 0
    by_type: dict[str, EventTypeStats] = {}
    faults: dict[str, Annotated[int, Field(ge=0)]] | None = None
    """Acknowledged events by what was done to them on purpose; None where nothing was to be."""

    @model_validator(mode="after")
    def _ranges_are_sound(self) -> Self:
        for ranges in (self.acknowledged, self.failed):
            before = -1
            for first, last in ranges:
                if not before + 1 < first <= last <= self.announced:
                    raise ValueError("ranges must be sorted, apart and not beyond `announced`")
                before = last
        return self

    @property
    def acknowledged_count(self) -> int:
        return sum(last - first + 1 for first, last in self.acknowledged)


def manifest_key(producer_id: str) -> str:
    """The manifest's key in the lake's bucket."""
    return f"{MANIFEST_PREFIX}{producer_id}.json"


def new_producer_id(command: str, now: datetime, token: str | None = None) -> str:
    """A readable and unique id such as `replay-20261123T030000Z-9f2c61ab`."""
    return f"{command}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{token or secrets.token_hex(4)}"


def start_run(
    *,
    producer_id: str,
    command: str,
    stream_name: str,
    started_at: datetime,
    source: str | None = None,
    seed: int | None = None,
    faults: Iterable[str] | None = None,
) -> RunManifest:
    """The manifest of a run that has sent nothing yet. `command` describes it; keep secrets out.

    `faults` names those that the run makes on purpose.
    """
    return RunManifest(
        producer_id=producer_id,
        started_at=started_at,
        updated_at=started_at,
        command=command,
        source=source,
        seed=seed,
        stream_name=stream_name,
        faults=None if faults is None else dict.fromkeys(faults, 0),
    )


def load_manifests(source: ManifestSource) -> Iterator[RunManifest]:
    """Every run's manifest, by key.

    Raises:
        ManifestUnreadable: an object under the prefix is no manifest, or one of a newer format.
    """
    for key in sorted(source.keys(MANIFEST_PREFIX)):
        if key.endswith(".json"):
            yield read_manifest(key, source.get(key))


def read_manifest(key: str, body: bytes) -> RunManifest:
    """Parse one manifest; raises `ManifestUnreadable`."""
    try:
        manifest = RunManifest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the object"
        raise ManifestUnreadable(
            key, f"is no run manifest that this version reads ({place}: {first['msg']})"
        ) from error
    if manifest_key(manifest.producer_id) != key:
        raise ManifestUnreadable(key, f"holds the manifest of {manifest.producer_id}; it was moved or copied")
    return manifest
