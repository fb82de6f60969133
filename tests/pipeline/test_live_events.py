"""An event is in Athena before any job has run over it, and there once when one has."""

import pytest

from tests.embedded_pipeline import running_pipeline
from tests.live_events import seconds_until_live, send, states

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_an_event_is_live_until_a_job_has_taken_it_over() -> None:
    with running_pipeline(buffer_seconds=1) as pipeline:
        pipeline.run_jobs()
        assert seconds_until_live(pipeline, 1) > 0
        event_id = send(pipeline, 2)
        pipeline.audit("bronze", wait=60)
        assert states(pipeline, event_id) == [True]
        pipeline.run_jobs()
        assert states(pipeline, event_id) == [False]
