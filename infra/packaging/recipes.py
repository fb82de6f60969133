"""One recipe per deployable."""

import base64
import hashlib
import importlib.metadata
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.packaging.archive import zip_bytes
from infra.packaging.artefact import Artefact, artefact_of
from infra.packaging.bytecode import compiled
from infra.packaging.cache import cached_file, content_key
from infra.packaging.dependencies import site_files, site_packages
from infra.packaging.interpreters import find_interpreter
from infra.packaging.sources import package_files, reachable_files
from infra.packaging.target import DEPLOYED, GLUE_PYTHON_SHELL, PythonTarget

ORDER_INGEST_MODULE: Final = "stream_processors.order_ingest.handler"
ORDER_TRANSFORM_MODULE: Final = "stream_processors.order_transform.handler"
FILE_INGEST_MODULE: Final = "stream_processors.file_ingest.handler"
ORDER_API_MODULE: Final = "stream_processors.order_api.handler"

_FUNCTION_PACKAGES: Final = ("stream_processors", "producer", "sql")
_GLUE_PACKAGES: Final = ("glue", "sql")
_WHEEL: Final = "Wheel-Version: 1.0\nGenerator: orderlake\nRoot-Is-Purelib: {pure}\nTag: {tag}\n"
_ANY: Final = "py3-none-any"
# Not a manylinux tag: pip takes it on any Linux, however old pip is.
_GLUE_LINUX: Final = "cp39-cp39-linux_x86_64"
_RECIPE: Final = "2"


def build_order_ingest(target: PythonTarget = DEPLOYED) -> Artefact:
    """The consumer's Lambda zip: what its handlers import of ours, and their locked dependencies.

    One zip for both profiles: `order_ingest` reads a stream, `order_transform` is Firehose's processor.

    Modules are there as source and, where an interpreter of the target's version is on this machine,
    compiled: without that a cold start takes twice as long, and the zip has another hash.
    """
    return _build_function("order-ingest", (ORDER_INGEST_MODULE, ORDER_TRANSFORM_MODULE), target)


def build_file_ingest(target: PythonTarget = DEPLOYED) -> Artefact:
    """The zip of the function that takes in landed files: it reads and sends as `orderlake replay` does."""
    return _build_function("file-ingest", (FILE_INGEST_MODULE,), target)


def build_order_api(target: PythonTarget = DEPLOYED) -> Artefact:
    """The Lambda zip of the HTTP API, made as the consumer's."""
    return _build_function("order-api", (ORDER_API_MODULE,), target)


def build_glue_bundle() -> Artefact:
    """The wheel with packages `glue` and `sql` that jobs get by `--extra-py-files`."""
    files = {name: data for package in _GLUE_PACKAGES for name, data in package_files(package).items()}
    version = importlib.metadata.version("orderlake")
    name = f"orderlake_glue-{version}-{_ANY}.whl"
    key = content_key([_RECIPE, name], files)
    return artefact_of(
        cached_file(f"glue-{key}", name, lambda: zip_bytes(_wheel("orderlake_glue", version, _ANY, files)))
    )


def build_glue_libraries() -> Artefact:
    """One wheel with everything that Python shell jobs import beside our packages, hash by hash as locked.

    It names no requirements, so that Glue's pip asks no index for anything.
    """
    site = site_packages("glue-pythonshell", GLUE_PYTHON_SHELL)
    version = importlib.metadata.version("orderlake")
    name = f"orderlake_glue_libraries-{version}-{_GLUE_LINUX}.whl"
    key = content_key([_RECIPE, name, site.name], {})

    def build() -> bytes:
        return zip_bytes(_wheel("orderlake_glue_libraries", version, _GLUE_LINUX, site_files(site)))

    return artefact_of(cached_file(f"glue-libraries-{key}", name, build))


def install_lambda_runtime(target: PythonTarget = DEPLOYED) -> Path:
    """A directory with what Lambda's runtime provides: boto3 and AWS's runtime interface client."""
    return site_packages("lambda-runtime", target)


def _build_function(name: str, modules: Sequence[str], target: PythonTarget) -> Artefact:
    ours = {
        path: data for module in modules for path, data in reachable_files(module, _FUNCTION_PACKAGES).items()
    }
    site = site_packages(name, target)
    interpreter = find_interpreter(target.python)
    form = "compiled" if interpreter else "source"
    key = content_key([_RECIPE, name, site.name, target.slug, form], ours)

    def build() -> bytes:
        files = {**site_files(site), **ours}
        return zip_bytes({**files, **(compiled(files, interpreter) if interpreter else {})})

    return artefact_of(cached_file(f"{name}-{key}", f"{name}-{target.slug}.zip", build), target)


def _wheel(name: str, version: str, tag: str, files: dict[str, bytes]) -> dict[str, bytes]:
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n"
    entries = {
        **files,
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": _WHEEL.format(tag=tag, pure=str(tag == _ANY).lower()).encode(),
    }
    record = "".join(
        f"{entry},sha256={_wheel_digest(data)},{len(data)}\n" for entry, data in sorted(entries.items())
    )
    return {**entries, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}


def _wheel_digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
