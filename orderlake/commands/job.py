"""`orderlake job`: runs a Glue job."""

import time
from collections.abc import Mapping

import click
from botocore.exceptions import ClientError

from orderlake.aws import Aws
from orderlake.commands.options import output_format, talks_to_aws
from orderlake.errors import JobFailed, OrderlakeError, UnknownJob
from orderlake.notes import console
from orderlake.operations import ENDED
from orderlake.rendering import Format, render

EPILOG = """\b
Examples:
  orderlake job silver --wait
  orderlake job gold --wait --format json
"""


@click.command(epilog=EPILOG)
@click.argument("name")
@click.option("--wait", is_flag=True, help="Wait for the end; exit 1 unless it succeeded.")
@output_format
@talks_to_aws
def job(aws: Aws, name: str, wait: bool, format_: Format) -> None:
    """Start the Glue job NAME (silver, gold, maintenance)."""
    run = run_job(aws, name, wait=wait)
    render([run], list(run), format_)


def run_job(
    aws: Aws, name: str, *, wait: bool, arguments: Mapping[str, str] | None = None
) -> dict[str, object]:
    """Start a job, with `arguments` beside its own, and, with `wait`, follow it to its end.

    Raises:
        UnknownJob: the stack has no such job.
        JobFailed: it ended otherwise than SUCCEEDED.
    """
    glue = aws.session.client("glue")
    job_name = aws.stack.jobs.get(name)
    if job_name is None:
        raise UnknownJob(name, list(aws.stack.jobs))
    try:
        run_id = glue.start_job_run(JobName=job_name, Arguments=dict(arguments or {}))["JobRunId"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConcurrentRunsExceededException":
            raise OrderlakeError(
                f"job {job_name} already runs as often as it may: wait for it, then try again"
            ) from error
        raise
    state, reason, seconds = "STARTING", "", 0
    with console().status(f"{job_name}: starting") as status:
        while wait and state not in ENDED:
            time.sleep(0.1 if aws.endpoint_url else 2)
            run = glue.get_job_run(JobName=job_name, RunId=run_id)["JobRun"]
            state, reason = run["JobRunState"], run.get("ErrorMessage", "")
            seconds = run.get("ExecutionTime", 0)
            status.update(f"{job_name}: {state.lower()}")
    if wait and state != "SUCCEEDED":
        raise JobFailed(job_name, run_id, state, reason)
    return {"job": job_name, "run_id": run_id, "state": state, "seconds": seconds}
