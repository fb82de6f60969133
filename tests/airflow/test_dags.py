"""The DAGs on a real Airflow: they load in silence, run green, and turn red with an alert."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.expressions import EqualTo

from glue import lake
from glue.settings import Settings
from tests.embedded_pipeline import Pipeline, running_pipeline

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-airflow/bin/python"
DAGS = ROOT / "infra/airflow/dags"
SUCCESS = {"state": "success", "tries": 1}
FAILED = {"state": "failed", "tries": 3}


@dataclass(frozen=True)
class Airflow:
    """Airflow's own interpreter and surroundings."""

    environment: dict[str, str]

    def python(self, *arguments: str) -> str:
        done = subprocess.run(
            [PYTHON, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def run(self, dag_id: str) -> dict[str, Any]:
        lines = self.python(str(Path(__file__).with_name("dag_run.py")), dag_id).splitlines()
        outcome: dict[str, Any] = json.loads(lines[-1])
        return outcome


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with running_pipeline() as pipeline:
        pipeline.orderlake("produce", "--records", "200")
        pipeline.audit("bronze")
        yield pipeline


@pytest.fixture(scope="module")
def alerts(pipeline: Pipeline) -> Iterator[str]:
    """A queue that hears what the alarm topic hears."""
    client = pipeline.aws.session.client
    queue = client("sqs").create_queue(QueueName="airflow-alerts")["QueueUrl"]
    client("sns").subscribe(
        TopicArn=topic(pipeline),
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{pipeline.aws.region}:{pipeline.aws.stack.account_id}:airflow-alerts",
    )
    yield queue
    client("sqs").delete_queue(QueueUrl=queue)


@pytest.fixture(scope="module")
def airflow(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    if not PYTHON.exists():
        pytest.skip("Airflow has no environment yet: run `make test-airflow`")
    airflow = Airflow(
        {
            **{name: value for name, value in pipeline.environment().items() if name != "PYTHONPATH"},
            "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW_VAR_ORDERLAKE_ALARM_TOPIC_ARN": topic(pipeline),
        }
    )
    airflow.python("-m", "airflow", "db", "migrate")
    return airflow


def topic(pipeline: Pipeline) -> str:
    (found,) = pipeline.aws.session.client("sns").list_topics()["Topics"]
    return found["TopicArn"]


def received(pipeline: Pipeline, queue: str) -> list[dict[str, Any]]:
    """The DAGs' messages that wait in the queue; all others go too: alarms, events of jobs."""
    sqs = pipeline.aws.session.client("sqs")
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            body = json.loads(message["Body"])
            if body.get("Subject", "").startswith("orderlake: "):
                found.append(body)
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


@pytest.fixture
def broken_gold(pipeline: Pipeline) -> Iterator[None]:
    """The gold job with a script that fails at once."""
    client = pipeline.aws.session.client
    job = client("glue").get_job(JobName=pipeline.aws.stack.jobs["gold"])["Job"]
    bucket, _, key = job["Command"]["ScriptLocation"].removeprefix("s3://").partition("/")
    script = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    client("s3").put_object(Bucket=bucket, Key=key, Body=b"raise RuntimeError('broken on purpose')\n")
    yield
    client("s3").put_object(Bucket=bucket, Key=key, Body=script)


def test_the_dags_load_without_a_warning(airflow: Airflow) -> None:
    for file in DAGS.glob("*.py"):
        airflow.python("-W", "error", str(file))


def test_the_refresh_runs_green(airflow: Airflow, pipeline: Pipeline, alerts: str) -> None:
    names = ("stack", "silver", "gold", "checks", "refreshed")
    assert airflow.run("orderlake_refresh") == {"state": "success", "tasks": dict.fromkeys(names, SUCCESS)}
    assert pipeline.row("SELECT count(*) AS days FROM gold_daily_sales")["days"] > 0
    assert received(pipeline, alerts) == []


def test_upkeep_runs_green(airflow: Airflow, pipeline: Pipeline, alerts: str) -> None:
    names = ("stack", "ledger", "maintenance")
    assert airflow.run("orderlake_upkeep") == {"state": "success", "tasks": dict.fromkeys(names, SUCCESS)}
    assert received(pipeline, alerts) == []


@pytest.mark.usefixtures("broken_gold")
def test_a_job_that_fails_is_tried_again_turns_the_run_red_and_alerts(
    airflow: Airflow, pipeline: Pipeline, alerts: str
) -> None:
    outcome = airflow.run("orderlake_refresh")
    assert outcome["state"] == "failed"
    assert outcome["tasks"]["gold"] == FAILED
    assert outcome["tasks"]["silver"] == outcome["tasks"]["checks"] == SUCCESS
    (alert,) = received(pipeline, alerts)
    assert alert["TopicArn"] == topic(pipeline)
    assert alert["Subject"] == "orderlake: gold of orderlake_refresh failed"


def test_books_that_do_not_balance_turn_the_run_red_and_alert(
    airflow: Airflow, pipeline: Pipeline, alerts: str
) -> None:
    stack = pipeline.aws.stack
    gold = lake.connect(Settings.from_stack(stack.model_dump_json())).load_table(
        (stack.database, "gold_daily_sales")
    )
    (sales, *_) = pipeline.rows("SELECT DISTINCT category FROM gold_daily_sales")
    gold.delete(EqualTo("category", sales["category"]))
    outcome = airflow.run("orderlake_upkeep")
    assert outcome["state"] == "failed"
    assert outcome["tasks"]["ledger"] == FAILED
    assert outcome["tasks"]["maintenance"] == SUCCESS
    assert [alert["Subject"] for alert in received(pipeline, alerts)] == [
        "orderlake: ledger of orderlake_upkeep failed"
    ]
