"""Two DAGs in place of Glue's own triggers: `orderlake_refresh` by the hour, `orderlake_upkeep` by the day.

They import nothing of ours: names come from the SSM parameter of the stack, questions are the named queries
of its Athena workgroup. Airflow variables: `orderlake_stack_parameter`, and `orderlake_alarm_topic_arn`, the
SNS topic that hears of tasks that failed for good (docs/airflow.md).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.ssm import SsmHook
from airflow.providers.amazon.aws.notifications.sns import SnsNotifier
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, Context, TriggerRule, Variable, task
from airflow.sdk.exceptions import AirflowException

STACK = "{{ ti.xcom_pull(task_ids='stack')"
POLL_SECONDS = 15
# A little longer than the jobs' own timeout (Terraform's `job_timeout_minutes`), which ends them sooner.
POLL_ATTEMPTS = 70 * 60 // POLL_SECONDS

DEFAULTS = {
    # The jobs take up what a failed run left; a job that runs already, by hand or by schedule, is waited for.
    "retries": 2,
    "retry_delay": timedelta(minutes=5),
    "on_failure_callback": SnsNotifier(
        target_arn="{{ var.value.orderlake_alarm_topic_arn }}",
        subject="orderlake: {{ ti.task_id }} of {{ ti.dag_id }} failed",
        # A task whose worker was lost has no exception.
        message="{{ exception | default('It ended without a reason.') }}\nRun {{ run_id }}, {{ ti.log_url }}",
    ),
}


@task(task_id="stack")
def read_stack() -> dict[str, Any]:
    """The names of one deployed stack, and its named queries by name under `questions`."""
    parameter = Variable.get("orderlake_stack_parameter", default="/orderlake/dev/stack")
    stack: dict[str, Any] = json.loads(SsmHook().get_parameter_value(parameter))
    athena = AthenaHook().get_conn()
    pages = athena.get_paginator("list_named_queries").paginate(WorkGroup=stack["workgroup"])
    found = [
        query
        for page in pages
        if page["NamedQueryIds"]
        for query in athena.batch_get_named_query(NamedQueryIds=page["NamedQueryIds"])["NamedQueries"]
    ]
    return {**stack, "questions": {query["Name"]: query["QueryString"] for query in found}}


def job(name: str) -> GlueJobOperator:
    """Runs one of the stack's Glue jobs and waits for its end without holding a worker."""
    return GlueJobOperator(
        task_id=name,
        job_name=f"{STACK}['jobs']['{name}'] }}}}",
        deferrable=True,
        waiter_delay=POLL_SECONDS,
        waiter_max_attempts=POLL_ATTEMPTS,
    )


class NothingFound(AthenaOperator):
    """Asks one of the stack's questions, and fails where it has an answer: every row is something wrong."""

    def __init__(self, *, question: str, **kwargs: Any) -> None:
        super().__init__(
            query=f"{STACK}['questions']['{question}'] }}}}",
            database=f"{STACK}['database'] }}}}",
            workgroup=f"{STACK}['workgroup'] }}}}",
            deferrable=True,
            sleep_time=POLL_SECONDS,
            **kwargs,
        )

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> str:
        """Read the rows once Athena has them.

        Raises:
            AirflowException: there are some; it holds the first of them.
        """
        query: str = super().execute_complete(context, event)
        results = self.hook.get_query_results(query)
        header, *rows = results["ResultSet"]["Rows"]
        names = [cell["VarCharValue"] for cell in header["Data"]]
        found = [
            {name: cell.get("VarCharValue") for name, cell in zip(names, row["Data"], strict=True)}
            for row in rows
        ]
        if found:
            raise AirflowException(f"{len(found)} found: {json.dumps(found[:10])}")
        return query


def dag(dag_id: str, description: str, schedule: str) -> DAG:
    """What both DAGs have in common."""
    return DAG(
        dag_id=dag_id,
        description=description,
        schedule=schedule,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        tags=["orderlake"],
        doc_md=__doc__,
    )


with dag("orderlake_refresh", "Silver, gold, and what the tables' checks found.", "5 * * * *"):
    gold = job("gold")
    # After a job that failed too: a check that holds its table back is a likely reason.
    checks = NothingFound(task_id="checks", question="failed_checks", trigger_rule=TriggerRule.ALL_DONE)
    read_stack() >> job("silver") >> gold >> checks
    # What other DAGs may be scheduled by; as the only last task it makes the run red where a job failed.
    [gold, checks] >> EmptyOperator(task_id="refreshed", outlets=[Asset("orderlake_gold")])

with dag("orderlake_upkeep", "The ledger from bronze to gold, and the tables' maintenance.", "40 2 * * *"):
    ledger = NothingFound(task_id="ledger", question="ledger_differences")
    # Not after the ledger: files are compacted whether or not the books balance.
    read_stack() >> [ledger, job("maintenance")]
