"""The values of Terraform's variables, as far as the bill depends on them.

Reads `variables.tf` and a tfvars file as `terraform fmt` writes them: literals only, one per line. The
bill needs neither Terraform nor a parser of its language; a test compares with one.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from orderlake.errors import OrderlakeError, WrongUse

DIRECTORY: Final = Path(__file__).parents[2] / "infra" / "terraform"

_VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_DEFAULT = re.compile(r"^  default +=(.*)$", re.MULTILINE)
_ASSIGNMENT = re.compile(r"^(\w+) *=(.*)$", re.MULTILINE)
_ALARM = re.compile(r"^    ([\w-]+) += \{\n(.*?)^    \}", re.MULTILINE | re.DOTALL)
_ALARM_METRIC = "{ namespace = "
_ALARMS_OF = re.compile(r"^  (\w+)_alarms += (\[.*\])$", re.MULTILINE)
_SCHEDULE = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")


class TerraformSettings(BaseModel):
    """Values that decide quantities; names are the variables'.

    `alarm_metrics` are counted in the module; profile `direct` has `stream_alarm_metrics` fewer, a stack
    without an HTTP API `http_api_alarm_metrics`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    stream_mode: str
    shard_count: int
    stream_retention_hours: int
    stream_kms_key: str
    ingest_batch_size: int
    ingest_batch_window_seconds: int
    ingest_memory_mb: int
    delivery_buffer_seconds: int
    delivery_buffer_mb: int
    job_schedule: str
    job_capacity: float
    maintenance_schedule: str
    log_retention_days: int
    alarms: str
    alarm_metrics: int
    stream_alarm_metrics: int
    http_api_alarm_metrics: int

    @property
    def jobs_per_day(self) -> int:
        """How often a day the schedule starts silver and gold."""
        return _times_a_day(self.job_schedule)

    @property
    def maintenances_per_day(self) -> int:
        """How often a day the schedule starts maintenance."""
        return _times_a_day(self.maintenance_schedule)


def read_settings(variable_file: Path | None = None, directory: Path = DIRECTORY) -> TerraformSettings:
    """The defaults in `directory`, overlaid by `variable_file`.

    Raises:
        WrongUse: the file's values are not such as Terraform would take.
        OrderlakeError: the definitions are not where they belong.
    """
    try:
        of_jobs = _defaults((directory / "modules" / "jobs" / "variables.tf").read_text())
        defaults = of_jobs | _defaults((directory / "variables.tf").read_text())
        watched = _metrics_of_alarms(directory, "essential")
        further = _metrics_of_alarms(directory, "further")
        alarms = (directory / "modules" / "observability" / "alarms.tf").read_text()
    except FileNotFoundError as error:
        raise OrderlakeError(f"no Terraform definitions at {directory}: install orderlake again") from error
    given = _assignments(variable_file.read_text()) if variable_file else {}
    values = {**defaults, **given}
    if values["alarms"] == "all":
        watched |= further
    alarms_of = {what: json.loads(names) for what, names in _ALARMS_OF.findall(alarms)}
    counts = {
        "alarm_metrics": sum(watched.values()),
        **{
            f"{what}_alarm_metrics": sum(watched.get(name, 0) for name in alarms_of[what])
            for what in ("stream", "http_api")
        },
    }
    try:
        return TerraformSettings.model_validate({**values, **counts})
    except ValidationError as error:
        problem = error.errors()[0]
        raise WrongUse(f"variable {problem['loc'][0]}: {problem['msg']}") from error


def _metrics_of_alarms(directory: Path, alarms: str) -> dict[str, int]:
    text = (directory / "modules" / "observability" / f"alarms_{alarms}.tf").read_text()
    return {name: body.count(_ALARM_METRIC) for name, body in _ALARM.findall(text)}


def _defaults(text: str) -> dict[str, object]:
    found = {}
    for name, body in _VARIABLE.findall(text):
        default = _DEFAULT.search(body)
        if default is not None:
            found[name] = _literal(default[1])
    return found


def _assignments(text: str) -> Mapping[str, object]:
    return {name: _literal(value) for name, value in _ASSIGNMENT.findall(text)}


def _literal(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text.strip()


def _times_a_day(schedule: str) -> int:
    """Steps (`*/2`), lists and `*` in minutes and hours."""
    match = _SCHEDULE.fullmatch(schedule)
    if match is None:
        raise OrderlakeError(f"the schedule {schedule!r} is not AWS's cron: mend it")
    return _times(match[1], 60) * _times(match[2], 24)


def _times(field: str, span: int) -> int:
    if field in {"*", "?"}:
        return span
    if "/" in field:
        return -(-span // int(field.partition("/")[2]))
    return len(field.split(","))
