"""Writes the current version of every object through to a data directory, and brings it back.

Per object one `.json` (key, metadata, name of the body's file) and one body. The `.json` is replaced last: an
object is there when its `.json` is, and then its body is complete. Older versions, tags and settings of
buckets are not kept.
"""

import threading
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, cast

from moto.s3.models import FakeBucket, FakeKey, S3Backend

from infra.local.data_dir import DataDir, file_name


class PersistentKey(FakeKey):
    """An object whose metadata, which moto sets after it stored the body, is written through as well."""

    keeper: "ObjectKeeper"
    body_file: str

    def set_metadata(self, metadata: Any, replace: bool = False) -> None:
        super().set_metadata(metadata, replace)
        self.keeper.save_metadata(self)


class ObjectKeeper:
    """The files of one embedded S3."""

    def __init__(self, data_dir: DataDir) -> None:
        self._data = data_dir
        self._root = data_dir.path / "s3"
        self._lock = threading.Lock()

    def add_bucket(self, name: str) -> None:
        (self._root / name).mkdir(parents=True, exist_ok=True)

    def remove_bucket(self, name: str) -> None:
        self._data.remove(self._root / name)

    def save(self, backend: S3Backend, key: FakeKey, body: bytes) -> None:
        """Write body and metadata of an object that was just stored; its class changes to `PersistentKey`."""
        folder = self._root / str(key.bucket_name)
        body_file = f"{uuid.uuid4().hex}.body"
        self._data.write(folder / body_file, body)
        kept = self._keep(key, body_file)
        with self._lock:
            if backend.get_bucket(folder.name).keys.get(key.name) is not key:
                self._data.remove(folder / body_file)  # another request replaced or deleted it meanwhile
                return
            described = self._described_in(self._path(kept))
            self._write_metadata(kept)
            if described:
                self._data.remove(folder / described)

    def _keep(self, key: FakeKey, body_file: str) -> PersistentKey:
        key.__class__ = PersistentKey
        kept = cast("PersistentKey", key)
        kept.keeper, kept.body_file = self, body_file
        return kept

    def save_metadata(self, key: PersistentKey) -> None:
        with self._lock:
            # Another request may have replaced or deleted the object meanwhile: then there is nothing to say.
            if self._described_in(self._path(key)) == key.body_file:
                self._write_metadata(key)

    def forget(self, bucket: str, key_name: str) -> None:
        with self._lock:
            path = self._root / bucket / f"{file_name(key_name)}.json"
            body_file = self._described_in(path)
            self._data.remove(path)
            if body_file:
                self._data.remove(path.with_name(body_file))

    def _path(self, key: FakeKey) -> Path:
        return self._root / str(key.bucket_name) / f"{file_name(key.name)}.json"

    def _described_in(self, path: Path) -> str | None:
        return str(self._data.read_json(path)["body"]) if path.exists() else None

    def _write_metadata(self, key: PersistentKey) -> None:
        content = {
            "key": key.name,
            "body": key.body_file,
            "etag": key.etag.strip('"'),
            "last_modified": key.last_modified.isoformat(),
            "storage_class": key.storage_class,
            "metadata": dict(key.metadata),
        }
        self._data.write_json(self._path(key), content)

    def restore(self, backend: "PersistentS3Backend") -> None:
        """Make the kept buckets and objects anew in an empty backend."""
        for folder in self._data.folders(self._root):
            backend.create_bucket(folder.name, backend.restore_region)
            bodies = set()
            for path in self._data.files(folder, ".json"):
                content = self._data.read_json(path)
                bodies.add(content["body"])
                self._restore_object(backend, folder, content)
            for body in self._data.files(folder, ".body"):
                if body.name not in bodies:  # its writer was killed before it was an object
                    self._data.remove(body)

    def _restore_object(self, backend: "PersistentS3Backend", folder: Path, content: dict[str, Any]) -> None:
        key = S3Backend.put_object(
            backend,
            folder.name,
            content["key"],
            (folder / content["body"]).read_bytes(),
            storage=content["storage_class"],
            etag=content["etag"],
            disable_notification=True,
        )
        key.set_metadata(content["metadata"])
        key.last_modified = datetime.fromisoformat(content["last_modified"])
        self._keep(key, content["body"])


class PersistentS3Backend(S3Backend):
    """moto's S3 whose changes to objects are on disk when they are acknowledged."""

    keeper: ClassVar[ObjectKeeper]
    restore_region: ClassVar[str]

    def create_bucket(self, bucket_name: str, *args: Any, **kwargs: Any) -> FakeBucket:
        bucket = super().create_bucket(bucket_name, *args, **kwargs)
        self.keeper.add_bucket(bucket_name)
        return bucket

    def delete_bucket(self, bucket_name: str) -> FakeBucket | None:
        bucket = super().delete_bucket(bucket_name)
        if bucket is not None:
            self.keeper.remove_bucket(bucket_name)
        return bucket

    def put_object(self, bucket_name: str, key_name: str, value: bytes, *args: Any, **kwargs: Any) -> FakeKey:
        key = super().put_object(bucket_name, key_name, value, *args, **kwargs)
        self.keeper.save(self, key, value)
        return key

    def delete_object(self, bucket_name: str, key_name: str, *args: Any, **kwargs: Any) -> Any:
        answer = super().delete_object(bucket_name, key_name, *args, **kwargs)
        current = self.get_bucket(bucket_name).keys.get(key_name)
        if not isinstance(current, FakeKey):
            self.keeper.forget(bucket_name, key_name)
        else:
            self.keeper.save(
                self, current, current.value
            )  # a version was deleted; the one before may be current again
        return answer
