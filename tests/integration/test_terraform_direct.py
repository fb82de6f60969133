"""Profile `direct` applied to the embedded AWS: as recorded, unchanged on a second look, and used."""

from collections.abc import Iterator

import pytest

from infra.local.playback import PlaybackSettings, play
from infra.local.server import EmbeddedAws
from infra.stack import Stack
from tests.embedded_pipeline import Pipeline
from tests.integration.applied_environment import (
    ALLOWED_DRIFT,
    Applied,
    applied_environment,
    check_policies_suffice,
    check_unused_permissions_are_explained,
    land_a_line,
    post_over_http,
    timed,
    used,
)
from tests.integration.stack_description import describe

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def embedded_aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture(scope="module")
def applied(embedded_aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Applied:
    return applied_environment(embedded_aws, tmp_path_factory.mktemp("terraform"), "direct")


@pytest.fixture(scope="module")
def pipeline(applied: Applied) -> Iterator[Pipeline]:
    with used(applied, "produce", "--records", "500", "--rate", "500", "--seed", "7") as running:
        yield running


def test_apply_makes_the_calls_that_are_recorded(applied: Applied) -> None:
    assert applied.calls == applied.recorded("direct"), (
        "Terraform calls something else now: run `make record`"
    )


def test_a_second_plan_changes_nothing_but_what_is_explained(applied: Applied) -> None:
    assert applied.drift() == ALLOWED_DRIFT.keys()


def test_producers_are_told_of_firehose(applied: Applied) -> None:
    answer = applied.client("ssm").get_parameter(Name="/orderlake/dev/stack")
    stack = Stack.model_validate_json(answer["Parameter"]["Value"], extra="forbid")
    assert stack.profile == "direct"
    assert stack.stream_name == stack.bronze_delivery_stream == "orderlake-dev-bronze"


@pytest.fixture(scope="module")
def exercised(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The run, a landed file, an event over HTTP, maintenance, two bad records: a small and a large one."""
    land_a_line(pipeline, tmp_path_factory.mktemp("landing"))
    post_over_http(pipeline)
    firehose = pipeline.aws.session.client("firehose")
    for data in (b"\xff", b"\xff" * 600_000):
        firehose.put_record(DeliveryStreamName=pipeline.aws.stack.stream_name, Record={"Data": data})
    timed("run: maintenance", lambda: pipeline.run_jobs(["maintenance"]))
    pipeline.audit("bronze")


@pytest.mark.usefixtures("exercised")
def test_no_role_calls_what_its_policy_does_not_allow(applied: Applied) -> None:
    check_policies_suffice(applied)


@pytest.mark.usefixtures("exercised")
def test_permissions_that_no_call_used_are_explained(applied: Applied) -> None:
    check_unused_permissions_are_explained(applied)


def test_playing_the_recording_makes_what_apply_made(applied: Applied, embedded_aws: EmbeddedAws) -> None:
    """Runs last in this module: into an embedded AWS of its own, after the first has stopped."""
    embedded_aws.stop()
    with EmbeddedAws() as other:
        play(other.endpoint_url, applied.artefacts, PlaybackSettings(profile="direct"))
        assert describe(other.endpoint_url) == applied.description
