"""What the refreshes of silver and gold take, on Glue's Python shell or on Spark."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from orderlake.cost.assumptions import Assumptions
from orderlake.cost.scenario import SECONDS_OF_DAY, Scenario

Engine = Literal["shell 1/16 DPU", "shell 1 DPU", "Spark"]
JOBS_OF_REFRESH = 2

_VCPU_OF_DPU = 4
_LEAST_WORKERS = 2
_GLUE_LEAST_SECONDS = Decimal(60)


@dataclass(frozen=True)
class RefreshTime:
    """One day of refreshes on one engine: DPU-hours to start and to work, seconds of the longest job."""

    engine: Engine
    start_up_dpu_hours: Decimal
    work_dpu_hours: Decimal
    seconds_per_run: Decimal


def shell_slowdown(dpu: Decimal) -> Decimal:
    """How much slower a job runs than on one whole processor: 1/16 DPU is a quarter of one (DPU: 4 vCPU)."""
    return max(Decimal(1), 1 / (dpu * _VCPU_OF_DPU))


def shell_day(scenario: Scenario, dpu: Decimal, assumptions: Assumptions) -> RefreshTime:
    """A day on the Python shell: one thread works."""
    runs = scenario.refreshes_per_day * JOBS_OF_REFRESH
    seconds = (
        runs * assumptions.job_base_seconds
        + scenario.records_per_day * assumptions.job_new_record_seconds
        + scenario.refreshes_per_day * scenario.records_per_day / 2 * assumptions.job_day_record_seconds
    )
    return shell_time(runs, seconds, dpu, assumptions)


def shell_time(runs: Decimal, seconds: Decimal, dpu: Decimal, assumptions: Assumptions) -> RefreshTime:
    """Billed time of `runs` that took `seconds` of one whole processor in all."""
    work = seconds * shell_slowdown(dpu)
    start_up = runs * max(assumptions.job_start_up_seconds, _GLUE_LEAST_SECONDS - work / runs if runs else 0)
    return RefreshTime(
        engine="shell 1 DPU" if dpu == 1 else "shell 1/16 DPU",
        start_up_dpu_hours=start_up * dpu / 3600,
        work_dpu_hours=work * dpu / 3600,
        seconds_per_run=(start_up + work) / runs if runs else Decimal(0),
    )


def maintenance_day(
    runs: Decimal, statements: Decimal, dpu: Decimal, assumptions: Assumptions
) -> RefreshTime:
    """A day of maintenance, always on the Python shell: it waits for `statements` of Athena in each run."""
    work = assumptions.maintenance_statement_seconds * statements
    start_up = max(assumptions.job_start_up_seconds, _GLUE_LEAST_SECONDS - work)
    return RefreshTime(
        engine="shell 1 DPU" if dpu == 1 else "shell 1/16 DPU",
        start_up_dpu_hours=runs * start_up * dpu / 3600,
        work_dpu_hours=runs * work * dpu / 3600,
        seconds_per_run=start_up + work,
    )


def spark_day(scenario: Scenario, assumptions: Assumptions) -> RefreshTime:
    """A day on Spark: as many workers of 1 DPU as end a run within half the time between two."""
    runs = scenario.refreshes_per_day * JOBS_OF_REFRESH
    per_refresh = scenario.records_per_day * (1 / scenario.refreshes_per_day + Decimal("0.5"))
    core_seconds = per_refresh * assumptions.spark_core_seconds_per_record / JOBS_OF_REFRESH
    overhead = assumptions.spark_start_up_seconds + assumptions.spark_base_seconds
    time_there_is = _time_for_run(scenario) - overhead
    executors = max(1, math.ceil(core_seconds / _VCPU_OF_DPU / max(Decimal(60), time_there_is)))
    workers = Decimal(max(_LEAST_WORKERS, executors + 1))
    work = assumptions.spark_base_seconds + core_seconds / _VCPU_OF_DPU / (workers - 1)
    return RefreshTime(
        engine="Spark",
        start_up_dpu_hours=runs * workers * assumptions.spark_start_up_seconds / 3600,
        work_dpu_hours=runs * workers * work / 3600,
        seconds_per_run=assumptions.spark_start_up_seconds + work,
    )


def keeps_up(scenario: Scenario, time: RefreshTime) -> bool:
    """Both jobs of a refresh end before half the time to the next has passed."""
    return time.seconds_per_run <= _time_for_run(scenario)


def smallest_day(scenario: Scenario, assumptions: Assumptions) -> RefreshTime:
    """The least engine that keeps up."""
    for dpu in (Decimal("0.0625"), Decimal(1)):
        time = shell_day(scenario, dpu, assumptions)
        if keeps_up(scenario, time):
            return time
    return spark_day(scenario, assumptions)


def _time_for_run(scenario: Scenario) -> Decimal:
    return SECONDS_OF_DAY / scenario.refreshes_per_day / 2 / JOBS_OF_REFRESH
