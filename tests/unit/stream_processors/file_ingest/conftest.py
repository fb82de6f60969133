import pytest

from tests.unit.stream_processors.file_ingest.fakes import Function, load


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Function:
    return Function(load(monkeypatch))
