import pytest

from tests.unit.stream_processors.order_api.api import Api


@pytest.fixture
def api() -> Api:
    return Api()
