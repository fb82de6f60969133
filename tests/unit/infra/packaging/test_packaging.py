import io
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.packaging import (
    DEPLOYED,
    PackagingError,
    PythonTarget,
    build_file_ingest,
    build_glue_bundle,
    build_order_ingest,
    find_interpreter,
)
from infra.packaging.__main__ import MAX_FILE_FUNCTION_BYTES, MAX_FUNCTION_BYTES
from infra.packaging.archive import zip_bytes
from infra.packaging.artefact import Artefact
from infra.packaging.bytecode import compiled
from infra.packaging.cache import cached_directory, cached_file, content_key
from infra.packaging.cold_start import import_seconds
from infra.packaging.recipes import ORDER_INGEST_MODULE
from infra.packaging.sources import reachable_files


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_an_archive_does_not_depend_on_the_order_of_its_entries() -> None:
    assert zip_bytes({"b": b"2", "a/x": b"1"}) == zip_bytes({"a/x": b"1", "b": b"2"})


def test_an_archive_gives_its_entries_back() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_bytes({"b": b"2", "a/x": b"1"}))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"a/x": b"1", "b": b"2"}


def test_a_build_is_made_once_per_key() -> None:
    built: list[int] = []

    def build() -> bytes:
        built.append(1)
        return b"content"

    assert cached_file("key", "name", build) == cached_file("key", "name", build)
    assert built == [1]


def test_a_failed_directory_leaves_nothing_behind(cache: Path) -> None:
    def fail(directory: Path) -> None:
        (directory / "half").write_text("half")
        raise PackagingError("no network")

    with pytest.raises(PackagingError):
        cached_directory("key", fail)
    assert list((cache / "orderlake" / "packages").iterdir()) == []


def test_builds_that_were_not_used_for_long_are_removed(cache: Path) -> None:
    old = cached_file("old", "name", lambda: b"1")
    kept = cached_file("kept", "name", lambda: b"2")
    for one in (old, kept):
        os.utime(one.parent, (0, 0))
    cached_file("kept", "name", lambda: b"never built")
    cached_file("new", "name", lambda: b"3")
    assert not old.exists()
    assert kept.read_bytes() == b"2"


def test_compiled_modules_are_the_same_each_time_and_name_lambdas_files() -> None:
    sources = {
        "shop/__init__.py": b"",
        "shop/handler.py": b"def fail():\n    raise ValueError\n",
        "shop/a.txt": b"x",
    }
    first = compiled(sources, Path(sys.executable))
    assert first == compiled(sources, Path(sys.executable))
    tag = sys.implementation.cache_tag
    assert set(first) == {f"shop/__pycache__/{name}.{tag}.pyc" for name in ("__init__", "handler")}
    assert b"/var/task/shop/handler.py" in first[f"shop/__pycache__/handler.{tag}.pyc"]


def test_what_is_no_python_is_refused_when_it_is_compiled() -> None:
    with pytest.raises(PackagingError, match="could not compile"):
        compiled({"handler.py": b"def"}, Path(sys.executable))


@pytest.mark.slow
def test_the_consumers_zip_is_the_same_when_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build_order_ingest()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    second = build_order_ingest()
    assert (first.sha256, first.size) == (second.sha256, second.size)
    names = set(zipfile.ZipFile(first.path).namelist())
    assert {"stream_processors/order_ingest/handler.py", "producer/reading/v1.json"} <= names
    assert "pydantic_core/_pydantic_core.cpython-313-x86_64-linux-gnu.so" in names
    assert not {name for name in names if name.startswith(("boto", "pydantic/", "producer/simulator"))}
    assert first.size < MAX_FUNCTION_BYTES
    if find_interpreter("3.13"):
        assert "stream_processors/order_ingest/__pycache__/handler.cpython-313.pyc" in names
        assert import_seconds(first, ORDER_INGEST_MODULE)


@pytest.mark.slow
def test_the_zip_for_files_reads_what_replay_reads_and_starts() -> None:
    function = build_file_ingest()
    names = set(zipfile.ZipFile(function.path).namelist())
    assert {"producer/order_files/rows.py", "tzdata/zones", "zstandard/__init__.py"} <= names
    assert not {name for name in names if name.startswith(("boto", "producer/simulator", "zstandard/_cffi"))}
    assert function.size < MAX_FILE_FUNCTION_BYTES


def test_a_key_tells_a_name_from_its_content() -> None:
    assert content_key([], {"ab": b"c"}) != content_key([], {"a": b"bc"})


def test_the_glue_bundle_is_a_wheel_with_the_tables_contracts() -> None:
    bundle = build_glue_bundle()
    names = zipfile.ZipFile(bundle.path).namelist()
    assert bundle.path.name.endswith("-py3-none-any.whl")
    assert {"glue/__init__.py", "sql/bronze_order_events/schema.yaml"} <= set(names)
    assert any(name.endswith(".dist-info/RECORD") for name in names)


def test_the_glue_bundle_is_the_same_when_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build_glue_bundle()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    second = build_glue_bundle()
    assert (first.sha256, first.size) == (second.sha256, second.size)
    assert first.path != second.path


@pytest.fixture
def our_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    sources = {
        "flowshop/__init__.py": "",
        "flowshop/handler.py": "from flowshop import near\nfrom .deep.inner import thing\nimport json\n",
        "flowshop/near.py": "",
        "flowshop/far.py": "",
        "flowshop/deep/__init__.py": "",
        "flowshop/deep/inner.py": "thing = 1",
        "flowshop/deep/facts.yaml": "a: 1",
    }
    for name, source in sources.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in [name for name in sys.modules if name.startswith("flowshop")]:
        del sys.modules[name]


@pytest.mark.usefixtures("our_package")
def test_a_function_carries_what_it_imports_and_no_more() -> None:
    assert set(reachable_files("flowshop.handler", ["flowshop"])) == {
        "flowshop/__init__.py",
        "flowshop/handler.py",
        "flowshop/near.py",
        "flowshop/deep/__init__.py",
        "flowshop/deep/inner.py",
        "flowshop/deep/facts.yaml",
    }


@pytest.mark.usefixtures("our_package")
def test_a_missing_entry_module_is_refused() -> None:
    with pytest.raises(PackagingError, match=r"flowshop\.gone"):
        reachable_files("flowshop.gone", ["flowshop"])


def test_the_running_interpreter_is_found() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert find_interpreter(version) == Path(sys.executable)


def test_an_interpreter_that_lies_about_its_version_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "python3.99"
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.99: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_interpreter("3.99") is None


def test_an_artefact_says_that_it_was_built_for_another_interpreter() -> None:
    artefact = Artefact("function.zip", Path("function.zip"), "00", 1, PythonTarget("3.11"))
    assert not artefact.is_deployable
    assert "Python 3.11 on this machine" in str(artefact)
    assert Artefact("function.zip", Path("function.zip"), "00", 1, DEPLOYED).is_deployable
