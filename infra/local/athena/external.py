"""External tables (Parquet, JSON) as Arrow datasets; a partition's files open only if a query wants them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.fs as pafs

from infra.local.athena import json_rows, projection
from infra.local.athena.errors import QueryFailed, not_supported
from infra.local.athena.scan import LazyFiles, Load, ScanLog, ScannedFiles
from infra.local.engine import ObjectInfo, ObjectStore
from infra.local.glue.arguments import split_s3


@dataclass(frozen=True, slots=True)
class PartitionedObject:
    """An object of a table and the values of its partition columns, as text."""

    bucket: str
    key: str
    size: int
    values: Mapping[str, str]


def dataset(
    table: Mapping[str, Any],
    partitions: Sequence[Mapping[str, Any]],
    schema: pa.Schema,
    objects: ObjectStore,
    log: ScanLog,
    now: datetime,
) -> ds.Dataset:
    """The table as a dataset; `partitions` are the registered ones, used where projection is off.

    DuckDB pushes columns and filters into it, and Arrow drops the files whose partition values cannot match.
    """
    library = table["StorageDescriptor"].get("SerdeInfo", {}).get("SerializationLibrary", "")
    if "JsonSerDe" in library:
        is_json = True
    elif "parquet" in library.lower():
        is_json = False
    else:
        raise not_supported(f"The SerDe {library!r}: use Parquet or JSON, which")
    keys = [column["Name"] for column in table.get("PartitionKeys", [])]
    stored = pa.schema([field for field in schema if field.name not in keys])
    files = LazyFiles(log)
    filesystem = pafs.PyFileSystem(files)
    file_format: ds.FileFormat = ds.IpcFileFormat() if is_json else parquet()
    serde = table["StorageDescriptor"].get("SerdeInfo", {}).get("Parameters", {}) or {}
    skip_malformed = serde.get("ignore.malformed.json", "false").lower() == "true"
    fragments = []
    for found in _objects(table, partitions, keys, objects, now):
        path = f"{found.bucket}/{found.key}"
        load: Load = _RawLoad(objects, found)
        if is_json:
            load = _JsonLoad(objects, found, stored, skip_malformed, log)
        files.add(path, load, counted=not is_json)
        fragments.append(
            file_format.make_fragment(path, filesystem, partition_expression=_guarantee(found, schema))
        )
    return ScannedFiles(schema, [ds.FileSystemDataset(fragments, schema, file_format, filesystem)])


@dataclass(frozen=True, slots=True)
class _RawLoad:
    objects: ObjectStore
    found: PartitionedObject

    def __call__(self) -> bytes:
        return self.objects.get(self.found.bucket, self.found.key)


@dataclass(frozen=True, slots=True)
class _JsonLoad:
    objects: ObjectStore
    found: PartitionedObject
    schema: pa.Schema
    skip_malformed: bool
    log: ScanLog

    def __call__(self) -> bytes:
        body = self.objects.get(self.found.bucket, self.found.key)
        self.log.add(self.found.key, 0, len(body))
        rows = json_rows.read(body, self.schema, key=self.found.key, skip_malformed=self.skip_malformed)
        return as_ipc(rows)


def as_ipc(rows: pa.Table) -> bytes:
    """Arrow's file format, so that rows made on opening look like any other file."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue().to_pybytes()


def parquet() -> ds.ParquetFileFormat:
    """Parquet read so that the bytes asked for are those that are needed."""
    # Pre-buffering would also read the gaps between column chunks.
    return ds.ParquetFileFormat(
        default_fragment_scan_options=ds.ParquetFragmentScanOptions(
            pre_buffer=False, use_buffered_stream=False
        )
    )


def _guarantee(found: PartitionedObject, schema: pa.Schema) -> pc.Expression | None:
    guarantee: pc.Expression | None = None
    for name, text in found.values.items():
        value = pa.scalar(text).cast(schema.field(name).type)
        equal = pc.field(name) == value
        guarantee = equal if guarantee is None else guarantee & equal
    return guarantee


def _objects(
    table: Mapping[str, Any],
    partitions: Sequence[Mapping[str, Any]],
    keys: list[str],
    objects: ObjectStore,
    now: datetime,
) -> Iterator[PartitionedObject]:
    parameters = table.get("Parameters") or {}
    location = table["StorageDescriptor"].get("Location", "")
    if not keys:
        yield from _under(objects, location, {})
    elif projection.is_enabled(parameters):
        yield from _projected(objects, location, parameters, keys, now)
    else:
        for partition in partitions:
            values = dict(zip(keys, partition["Values"], strict=True))
            yield from _under(objects, partition["StorageDescriptor"]["Location"], values)


def _projected(
    objects: ObjectStore, location: str, parameters: Mapping[str, str], keys: list[str], now: datetime
) -> Iterator[PartitionedObject]:
    hive_style = "/".join(f"{key}=${{{key}}}" for key in keys)
    template = parameters.get("storage.location.template", f"{location.rstrip('/')}/{hive_style}")
    prefix = template.partition("${")[0]
    pattern = re.escape(template.rstrip("/"))
    for key in keys:
        pattern = pattern.replace(re.escape(f"${{{key}}}"), f"(?P<{key}>[^/]+)", 1)
    shape = re.compile(pattern + "/")
    accepted = {key: projection.accepts(key, parameters, now) for key in keys}
    verdicts: dict[str, Mapping[str, str] | None] = {}
    bucket, _ = _split(prefix)
    for found in _listed(objects, prefix):
        at = shape.match(f"s3://{bucket}/{found.key}")
        if at is None:
            continue
        if at.group() not in verdicts:
            values = at.groupdict()
            verdicts[at.group()] = values if all(accepted[key](values[key]) for key in keys) else None
        verdict = verdicts[at.group()]
        if verdict is not None and not _is_hidden(found.key[len(at.group()) - len(f"s3://{bucket}/") :]):
            yield PartitionedObject(bucket, found.key, found.size, verdict)


def _under(objects: ObjectStore, location: str, values: Mapping[str, str]) -> Iterator[PartitionedObject]:
    folder = location if location.endswith("/") else f"{location}/"
    bucket, prefix = _split(folder)
    for found in _listed(objects, folder):
        if not _is_hidden(found.key[len(prefix) :]):
            yield PartitionedObject(bucket, found.key, found.size, values)


def _listed(objects: ObjectStore, location: str) -> list[ObjectInfo]:
    bucket, prefix = _split(location)
    try:
        return [found for found in objects.list(bucket, prefix) if found.size > 0]
    except KeyError as error:
        raise QueryFailed("HIVE_CANNOT_OPEN_SPLIT", f"The bucket of {location} does not exist") from error


def _split(location: str) -> tuple[str, str]:
    try:
        return split_s3(location)
    except ValueError as error:
        raise QueryFailed("HIVE_METASTORE_ERROR", f"Table location: {error}") from error


def _is_hidden(relative_key: str) -> bool:
    return any(part.startswith(("_", ".")) for part in relative_key.split("/"))
