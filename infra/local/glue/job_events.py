"""What Glue tells EventBridge of its jobs: for each run that ends, sent to the topics of matching rules.

The event is AWS's "Glue Job State Change" (Glue User Guide, "Automating Glue with CloudWatch Events").
Targets other than SNS topics are left to moto, which does not hear of jobs.
"""

import json
from typing import Any

from moto.core.utils import iso_8601_datetime_without_milliseconds
from moto.events.models import events_backends
from moto.moto_api._internal import mock_random
from moto.sns.models import sns_backends

from infra.local.engine import Runtime
from infra.local.glue.jobs import JobRun, RunState

_SEVERITY = {RunState.SUCCEEDED: "INFO", RunState.STOPPED: "INFO"}


class JobEvents:
    """Hears of runs of one account and region."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def hear(self, run: JobRun) -> None:
        """A listener for the jobs' engine."""
        event = self._event(run)
        account_id, region = self._runtime.account_id, self._runtime.region
        topics = sns_backends[account_id][region].topics
        for rule in list(events_backends[account_id][region].event_buses["default"].rules.values()):
            if rule.state == "ENABLED" and rule.event_pattern.matches_event(event):  # type: ignore[arg-type]
                for target in rule.targets:
                    if target["Arn"] in topics:
                        topics[target["Arn"]].publish(json.dumps(event))

    def _event(self, run: JobRun) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(mock_random.uuid4()),
            "detail-type": "Glue Job State Change",
            "source": "aws.glue",
            "account": self._runtime.account_id,
            "time": iso_8601_datetime_without_milliseconds(self._runtime.clock.now()),
            "region": self._runtime.region,
            "resources": [],
            "detail": {
                "jobName": run.job_name,
                "severity": _SEVERITY.get(run.status, "ERROR"),
                "state": run.status.value,
                "jobRunId": run.job_run_id,
                "message": run.error_message or f"Job run {run.status.value.lower()}",
            },
        }
