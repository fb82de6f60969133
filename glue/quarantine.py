"""Bronze that silver sets aside, as rows of the quarantine table.

An object has one row, a row that breaks the contract one of its own. The key of what is written depends on
the bronze object alone, so a run that is repeated writes the same rows over.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence

from glue.bronze import NO_HOUR, BronzeObject
from glue.engines import Loaded
from glue.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

UNREADABLE_OBJECT = "unreadable_object"
UNREADABLE_ROW = "unreadable_row"
_NOWHERE: Mapping[str, Any] = {
    "stream_name": "",
    "shard_id": "",
    "sequence_number": "",
    "sub_sequence_number": 0,
    "arrived_at": 0,
}
_PROVENANCE = ("event_id", "event_type", "producer_id", "sequence")
_BLOCK = 1024 * 1024


class Quarantine:
    """Writes what a run could not take over."""

    def __init__(self, s3: S3Client, settings: Settings) -> None:
        self._s3 = s3
        self._settings = settings

    def set_aside(self, objects: Sequence[BronzeObject], loaded: Loaded, at: datetime) -> int:
        """Write the rows of everything in `objects` that was not loaded; returns how many."""
        rows: Dict[str, List[Dict[str, Any]]] = {}
        found = {item.key: item for item in objects}
        micros = int(at.timestamp() * 1_000_000)
        for key, reason in loaded.unreadable.items():
            rows.setdefault(key, []).append(self._object_row(found[key], reason, micros))
        for unsound in loaded.unsound:
            rows.setdefault(unsound.key, []).append(
                self._event_row(found[unsound.key], unsound.columns, micros)
            )
        for key, documents in rows.items():
            self._put(found[key], documents, at)
        return sum(map(len, rows.values()))

    def _put(self, item: BronzeObject, documents: Sequence[Mapping[str, Any]], at: datetime) -> None:
        hour = item.arrival_hour if item.arrival_hour != NO_HOUR else f"{at:%Y-%m-%d-%H}"
        name = hashlib.sha256(f"{item.key}\x1f{item.etag}".encode()).hexdigest()[:32]
        lines = "".join(f"{json.dumps(row, separators=(',', ':'))}\n" for row in documents)
        self._s3.put_object(
            Bucket=self._settings.lake_bucket,
            Key=f"{self._settings.quarantine_prefix}arrival_hour={hour}/silver-{name}.gz",
            Body=gzip.compress(lines.encode(), mtime=0),
        )

    def _object_row(self, item: BronzeObject, reason: str, at: int) -> Dict[str, Any]:
        digest = hashlib.sha256()
        body = self._s3.get_object(Bucket=self._settings.lake_bucket, Key=item.key)["Body"]
        for block in body.iter_chunks(_BLOCK):
            digest.update(block)
        return _row(
            identity=self._uri(item),
            reason=UNREADABLE_OBJECT,
            errors=[{"rule": UNREADABLE_OBJECT, "path": "", "message": reason}],
            raw=None,
            pointer=self._uri(item),
            sha256=digest.hexdigest(),
            size=item.size,
            columns=_NOWHERE,
            at=at,
        )

    def _event_row(self, item: BronzeObject, columns: Mapping[str, Any], at: int) -> Dict[str, Any]:
        raw = json.dumps(columns, separators=(",", ":"), sort_keys=True).encode()
        coordinates = {name: columns.get(name) or default for name, default in _NOWHERE.items()}
        provenance = {name: columns.get(name) for name in _PROVENANCE}
        return _row(
            identity="\x1f".join((self._uri(item), *map(str, coordinates.values()))),
            reason=UNREADABLE_ROW,
            errors=[{"rule": UNREADABLE_ROW, "path": "", "message": "the row is no event of the contract"}],
            raw=raw,
            pointer=None,
            sha256=hashlib.sha256(raw).hexdigest(),
            size=len(raw),
            columns={**provenance, **coordinates},
            at=at,
        )

    def _uri(self, item: BronzeObject) -> str:
        return f"s3://{self._settings.lake_bucket}/{item.key}"


def _row(
    *,
    identity: str,
    reason: str,
    errors: Sequence[Mapping[str, str]],
    raw: Optional[bytes],
    pointer: Optional[str],
    sha256: str,
    size: int,
    columns: Mapping[str, Any],
    at: int,
) -> Dict[str, Any]:
    return {
        "quarantine_id": str(uuid.uuid5(uuid.NAMESPACE_URL, identity)),
        "reason": reason,
        "errors": json.dumps(list(errors)),
        "raw_base64": base64.b64encode(raw).decode() if raw is not None else None,
        "raw_pointer": pointer,
        "raw_sha256": sha256,
        "raw_size": size,
        **columns,
        "rejected_at": at,
    }
