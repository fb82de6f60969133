"""The embedded S3, in process: moto's own backend without HTTP."""

from collections.abc import Sequence
from datetime import UTC

from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeKey, S3Backend, s3_backends

from infra.local.engine import ObjectInfo


class MotoObjectStore:
    """An `ObjectStore` over moto's S3; what is written here is what HTTP reads, and the reverse."""

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id

    @property
    def _backend(self) -> S3Backend:
        return s3_backends[self._account_id]["aws"]

    def put(self, bucket: str, key: str, body: bytes, content_type: str = "binary/octet-stream") -> None:
        try:
            stored = self._backend.put_object(bucket, key, body)
        except MissingBucket as error:
            raise KeyError(bucket) from error
        stored.set_metadata({"Content-Type": content_type})

    def get(self, bucket: str, key: str) -> bytes:
        try:
            stored = self._backend.get_object(bucket, key)
        except MissingBucket as error:
            raise KeyError(bucket) from error
        if not isinstance(stored, FakeKey):
            raise KeyError(f"{bucket}/{key}")
        return stored.value

    def list(self, bucket: str, prefix: str = "") -> Sequence[ObjectInfo]:
        """Current objects in the order of their keys."""
        try:
            keys = self._backend.get_bucket(bucket).keys
        except MissingBucket as error:
            raise KeyError(bucket) from error
        current = ((name, versions[-1]) for name, versions in list(keys.lists()) if name.startswith(prefix))
        return [
            ObjectInfo(name, key.size, key.etag.strip('"'), key.last_modified.replace(tzinfo=UTC))
            for name, key in sorted(current, key=lambda item: item[0])
            if isinstance(key, FakeKey)
        ]
