"""What no table holds about a stack, asked of AWS: job runs, alarms, rates, shards."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from orderlake.aws import Aws

Row = Mapping[str, object]

LOUDEST_FIRST: Final = ("ALARM", "INSUFFICIENT_DATA", "OK")
FAILED: Final = frozenset({"FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"})
"""How a job's run ends that did not succeed."""
ENDED: Final = FAILED | {"SUCCEEDED"}
RATE_MINUTES: Final = 5


def job_runs(aws: Aws, most: int) -> list[Row]:
    """At most so many runs of each job, newest first; `seconds` is the time it ran."""
    glue = aws.session.client("glue")
    runs = [
        run
        for name in aws.stack.jobs.values()
        for run in glue.get_job_runs(JobName=name, MaxResults=most)["JobRuns"]
    ]
    return [
        {
            "job": run["JobName"],
            "started_at": run["StartedOn"],
            "state": run["JobRunState"],
            "seconds": run.get("ExecutionTime", 0),
            "message": run.get("ErrorMessage"),
        }
        for run in sorted(runs, key=lambda run: run["StartedOn"], reverse=True)
    ]


def alarms(aws: Aws) -> list[Row]:
    """Every alarm of the stack with its state, those that ring first."""
    prefix = f"orderlake-{aws.environment}-"
    pages = aws.session.client("cloudwatch").get_paginator("describe_alarms")
    found = [
        alarm
        for page in pages.paginate(AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"])
    ]
    found.sort(key=lambda alarm: (LOUDEST_FIRST.index(alarm["StateValue"]), alarm["AlarmName"]))
    return [
        {
            "alarm": alarm["AlarmName"].removeprefix(prefix),
            "state": alarm["StateValue"],
            "since": alarm["StateUpdatedTimestamp"],
            "what_it_means": alarm.get("AlarmDescription"),
        }
        for alarm in found
    ]


def rates(aws: Aws, now: datetime) -> list[Row]:
    """Records in, events accepted and rejected: how many in the last minutes, and on average a second."""
    is_direct = aws.stack.profile == "direct"
    service = {"service": "order-transform" if is_direct else "order-ingest"}
    arriving = (
        ("AWS/Firehose", {"DeliveryStreamName": aws.stack.stream_name})
        if is_direct
        else ("AWS/Kinesis", {"StreamName": aws.stack.stream_name})
    )
    counted = {
        "records in": (*arriving, "IncomingRecords"),
        "events accepted": ("Orderlake", service, "EventsAccepted"),
        "events rejected": ("Orderlake", service, "EventsRejected"),
    }
    sums = _sums(aws, list(counted.values()), now - timedelta(minutes=RATE_MINUTES), now)
    return [
        {"flow": name, "count": count, "per_second": round(count / (60 * RATE_MINUTES), 2)}
        for name, count in zip(counted, sums, strict=True)
    ]


def _sums(
    aws: Aws, metrics: Sequence[tuple[str, Mapping[str, str], str]], start: datetime, end: datetime
) -> list[int]:
    answer = aws.session.client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            {
                "Id": f"m{place}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": namespace,
                        "MetricName": name,
                        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                    },
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
            for place, (namespace, dimensions, name) in enumerate(metrics)
        ],
        StartTime=start,
        EndTime=end,
    )
    values = {result["Id"]: result["Values"] for result in answer["MetricDataResults"]}
    return [round(sum(values.get(f"m{place}", ()))) for place in range(len(metrics))]


def open_shards(aws: Aws) -> list[str]:
    """The ids of the shards that take records now."""
    pages = aws.session.client("kinesis").get_paginator("list_shards")
    return [
        shard["ShardId"]
        for page in pages.paginate(StreamName=aws.stack.stream_name)
        for shard in page["Shards"]
        if "EndingSequenceNumber" not in shard["SequenceNumberRange"]
    ]
