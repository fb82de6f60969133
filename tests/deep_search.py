"""Searches everything that an account keeps, through gzip, base64, Parquet, Avro and zip."""

import gzip
import io
import re
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pyarrow.parquet as pq

from orderlake.aws import Aws

_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")


def objects(aws: Aws) -> Iterator[tuple[str, bytes]]:
    """Every version of every object of every bucket."""
    s3: Any = aws.session.client("s3")
    for bucket in (entry["Name"] for entry in s3.list_buckets()["Buckets"]):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for item in page.get("Versions", []):
                version = {} if item["VersionId"] == "null" else {"VersionId": item["VersionId"]}
                body = s3.get_object(Bucket=bucket, Key=item["Key"], **version)["Body"]
                yield f"{bucket}/{item['Key']}", body.read()


def places_of(aws: Aws, value: str) -> set[str]:
    """Which objects have the value as a word, however it is packed; an order file may write 7.0 for 7."""
    wanted = re.compile(rf"(?<![\w-]){re.escape(value)}(?:\.0)?(?![\w-])".encode())
    return {
        key
        for key, data in objects(aws)
        if any(wanted.search(layer) for layer in (key.encode(), *layers(data)))
    }


def layers(data: bytes, depth: int = 4) -> Iterator[bytes]:
    """The bytes, and what they hold: unpacked, decoded, again and again."""
    yield data
    if depth:
        for inner in unpacked(data):
            yield from layers(inner, depth - 1)


def unpacked(data: bytes) -> Iterator[bytes]:
    if data.startswith(b"\x1f\x8b"):
        yield gzip.decompress(data)
    elif data.startswith(b"PAR1"):
        yield from parquet_values(pq.read_table(io.BytesIO(data)).to_pydict())
    elif data.startswith(b"Obj\x01"):
        yield from avro_blocks(data)
    elif data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist() if not name.endswith(".so"))
    else:
        for match in _BASE64.finditer(data):
            text = match.group().rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
            whole = text[: len(text) - (len(text) % 4 == 1)]  # a run of letters need not be base64
            yield b64decode(whole + b"=" * (-len(whole) % 4))


def parquet_values(columns: Mapping[str, list[object]]) -> Iterator[bytes]:
    values = {value for column in columns.values() for value in column if isinstance(value, str | bytes)}
    yield from (value.encode() if isinstance(value, str) else value for value in values)


def avro_blocks(data: bytes) -> Iterator[bytes]:
    """Iceberg's manifests: blocks between sync marks, deflated or not."""
    for block in data.split(data[-16:])[1:-1]:
        place = 0
        for _ in range(2):  # how many records, how many bytes: variable-length integers
            while block[place] & 0x80:
                place += 1
            place += 1
        try:
            yield zlib.decompress(block[place:], -15)
        except zlib.error:
            yield block[place:]
