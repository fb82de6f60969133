"""Names that moto does not promise to keep and that CloudWatch, Logs, triggers and workflows lean on."""

import inspect

import pytest
from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.glue.models import FakeTrigger, FakeWorkflow, FakeWorkflowRun, GlueBackend
from moto.glue.utils import Action, Predicate
from moto.logs.models import LogGroup, logs_backends
from moto.sns.models import Topic


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (CloudWatchBackend, ["put_metric_alarm", "delete_alarms", "_validate_parameters_put_metric_data"]),
        (CloudWatchResponse, ["describe_alarms", "get_metric_data", "cloudwatch_backend", "set_alarm_state"]),
        (LogGroup, ["put_log_events", "create_log_stream"]),
        (Topic, ["publish"]),
        (GlueBackend, ["create_trigger", "start_trigger", "create_workflow", "start_workflow_run"]),
        (FakeTrigger, ["as_dict", "start_trigger"]),
        (FakeWorkflow, ["as_dict", "get_run"]),
        (FakeWorkflowRun, ["as_dict"]),
        (Action, ["as_dict"]),
    ],
)
def test_moto_still_has_the_methods_that_we_extend(owner: type, names: list[str]) -> None:
    assert [name for name in names if not hasattr(owner, name)] == []


def test_an_alarm_still_keeps_its_state_where_we_set_it() -> None:
    source = inspect.getsource(Alarm.__init__)
    for name in ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "rule"):
        assert f"self.{name} " in source


def test_backends_still_keep_their_models_in_dictionaries() -> None:
    assert isinstance(cloudwatch_backends["123456789012"]["eu-west-3"].alarms, dict)
    assert isinstance(logs_backends["123456789012"]["eu-west-3"].groups, dict)


def test_a_predicate_still_tells_its_conditions() -> None:
    conditions = [{"JobName": "silver", "State": "SUCCEEDED", "LogicalOperator": "EQUALS"}]
    predicate = Predicate({"Logical": "ANY", "Conditions": conditions})
    (condition,) = predicate.conditions
    assert (predicate.logical.value, condition.job_name) == ("ANY", "silver")
    assert condition.state is not None
    assert condition.state.value == "SUCCEEDED"
