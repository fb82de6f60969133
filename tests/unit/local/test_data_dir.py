"""The data directory."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.data_dir import DataDir, file_name
from infra.local.errors import DataDirLockedError, ForeignDataDirError, UnusableDataDirError


def test_a_new_directory_is_made_and_used_again(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    DataDir(path).close()
    DataDir(path).close()


def test_one_embedded_aws_uses_it_at_a_time(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    with pytest.raises(DataDirLockedError, match="Stop it first"):
        DataDir(tmp_path)
    data.close()


def test_a_directory_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ForeignDataDirError):
        DataDir(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    with pytest.raises(UnusableDataDirError):
        DataDir(path)


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 99}'])
def test_a_directory_of_another_format_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "orderlake-data.json").write_text(content)
    with pytest.raises(UnusableDataDirError):
        DataDir(tmp_path)


@given(st.lists(st.text(max_size=300), unique=True, max_size=5))
def test_different_names_are_different_files(names: list[str]) -> None:
    files = [file_name(name) for name in names]
    assert len(set(files)) == len(files)
    assert all("/" not in name and len(name) <= 150 for name in files)


def test_what_is_half_written_is_not_seen(tmp_path: Path) -> None:
    data = DataDir(tmp_path)
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.json.new").write_text("{")
    assert list(data.files(tmp_path / "x", ".json")) == []
    data.close()
