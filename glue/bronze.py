"""Bronze objects: which there are, and which were consumed.

A run finds its work by difference: objects that are there, minus objects that a checkpoint names. A
checkpoint is one small object per run and arrival hour, written after the rows are committed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from glue.erasure import NOBODY, Erased, mended
from glue.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_HOUR = re.compile(r"arrival_hour=(\d{4}-\d{2}-\d{2}-\d{2})/")
HOUR_FORMAT = "%Y-%m-%d-%H"
NO_HOUR = "unknown"


@dataclass(frozen=True)
class BronzeObject:
    """One delivered object; `arrival_hour` is `unknown` where its key names none, `written_at` is aware."""

    key: str
    etag: str
    size: int
    arrival_hour: str
    written_at: Optional[datetime] = None


def bronze_object(key: str, etag: str, size: int, written_at: Optional[datetime] = None) -> BronzeObject:
    """An object, with the hour that its key names."""
    match = _HOUR.search(key)
    return BronzeObject(key, etag, size, match[1] if match else NO_HOUR, written_at)


@dataclass(frozen=True)
class Consumed:
    """What became of an object: its rows, or why it could not be read."""

    item: BronzeObject
    rows: int
    unreadable: Optional[str] = None


class Bronze:
    """The bronze objects of the lake bucket and the record of those that silver consumed."""

    def __init__(
        self, s3: S3Client, settings: Settings, erased: Callable[[], Erased] = lambda: NOBODY
    ) -> None:
        self._s3 = s3
        self._settings = settings
        self._erased = erased
        self._checkpoints = f"{settings.checkpoints_prefix}silver/"
        self._last_run = f"{self._checkpoints}last_run.json"
        self._ledger = f"{self._checkpoints}ledger.json"

    def pending(self) -> List[BronzeObject]:
        """Objects not consumed yet, by key, without people who were erased.

        Behind the look-back nothing is searched.
        """
        since = self._look_back_hour()
        consumed = self._consumed(since)
        return self._mended([item for item in self._objects(since) if (item.key, item.etag) not in consumed])

    def everything(self) -> List[BronzeObject]:
        """All objects, consumed or not, by key, without people who were erased."""
        return self._mended(list(self._objects("")))

    def consumed(self) -> Set[Tuple[str, str]]:
        """Key and ETag of everything that silver ever consumed."""
        return self._consumed("")

    def since(self, arrival_hour: str) -> Iterator[BronzeObject]:
        """Objects of that hour and later, consumed or not."""
        return self._objects(arrival_hour)

    def download(self, item: BronzeObject, folder: Path) -> Path:
        """Copy an object to a file of its own in `folder`."""
        path = folder / f"{hashlib.sha256(item.key.encode()).hexdigest()}.parquet"
        self._s3.download_file(self._settings.lake_bucket, item.key, str(path))
        return path

    def record(self, run: str, consumed: Sequence[Consumed]) -> None:
        """Write the checkpoints of these objects' arrival hours; rows must be committed before.

        A checkpoint is replaced: of each of the hours, `consumed` has all that `run` consumed so far.
        """
        by_hour: Dict[str, List[Consumed]] = {}
        for entry in consumed:
            by_hour.setdefault(entry.item.arrival_hour, []).append(entry)
        for hour, entries in by_hour.items():
            self._put(
                f"{self._checkpoints}arrival_hour={hour}/{run}.json",
                {"run": run, "objects": [_entry(entry) for entry in entries]},
            )

    def finish(self, run: str, started_at: datetime, consumed: Sequence[Consumed]) -> None:
        """Remember how far a successful run came: the newest arrival hour consumed, at most its own start."""
        hours = [entry.item.arrival_hour for entry in consumed if entry.item.arrival_hour != NO_HOUR]
        if hours:
            began = started_at.astimezone(timezone.utc).strftime(HOUR_FORMAT)
            newest = max(min(began, max(hours)), (self._get(self._last_run) or {}).get("newest_hour", ""))
            self._put(
                self._last_run, {"run": run, "started_at": started_at.isoformat(), "newest_hour": newest}
            )

    def ledger_state(self) -> Optional[Dict[str, Any]]:
        """What the ledger's measurement before this one left to know; None before the first."""
        return self._get(self._ledger)

    def keep_ledger_state(self, state: Mapping[str, Any]) -> None:
        """Remember it; its rows must be committed before."""
        self._put(self._ledger, dict(state))

    def _mended(self, items: List[BronzeObject]) -> List[BronzeObject]:
        return mended(self._s3, self._settings.lake_bucket, items, self._erased()) if items else items

    def _look_back_hour(self) -> str:
        last = self._get(self._last_run)
        if last is None:
            return ""
        hour = datetime.strptime(last["newest_hour"], HOUR_FORMAT).replace(tzinfo=timezone.utc)
        return (hour - self._settings.look_back).strftime(HOUR_FORMAT)

    def _objects(self, since: str) -> Iterator[BronzeObject]:
        for found in self._list(self._settings.bronze_prefix, since):
            key = found["Key"]
            if key.endswith("/") and not found["Size"]:
                continue
            yield bronze_object(key, found["ETag"].strip('"'), found["Size"], found["LastModified"])

    def _consumed(self, since: str) -> Set[Tuple[str, str]]:
        consumed: Set[Tuple[str, str]] = set()
        for found in self._list(self._checkpoints, since):
            if _HOUR.search(found["Key"]) or f"={NO_HOUR}/" in found["Key"]:
                checkpoint = self._get(found["Key"]) or {"objects": []}
                consumed.update((entry["key"], entry["etag"]) for entry in checkpoint["objects"])
        return consumed

    def _list(self, prefix: str, since: str) -> Iterator[Any]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._settings.lake_bucket,
            Prefix=prefix,
            StartAfter=f"{prefix}arrival_hour={since}" if since else "",
        )
        for page in pages:
            yield from page.get("Contents", [])

    def _get(self, key: str) -> Optional[Dict[str, Any]]:
        try:
            body = self._s3.get_object(Bucket=self._settings.lake_bucket, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return None
        document: Dict[str, Any] = json.loads(body)
        return document

    def _put(self, key: str, document: Dict[str, Any]) -> None:
        self._s3.put_object(
            Bucket=self._settings.lake_bucket,
            Key=key,
            Body=json.dumps(document, separators=(",", ":")).encode(),
            ContentType="application/json",
        )


def chunks(items: Sequence[BronzeObject], chunk_bytes: int) -> Iterator[List[BronzeObject]]:
    """Cut objects into chunks of at most `chunk_bytes`, or one object where it is larger."""
    chunk: List[BronzeObject] = []
    size = 0
    for item in items:
        if chunk and size + item.size > chunk_bytes:
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += item.size
    if chunk:
        yield chunk


def _entry(entry: Consumed) -> Dict[str, Any]:
    document: Dict[str, Any] = {"key": entry.item.key, "etag": entry.item.etag, "rows": entry.rows}
    if entry.unreadable is not None:
        document["unreadable"] = entry.unreadable
    return document
