"""The bill reads Terraform's variables as a parser of its language does."""

from pathlib import Path

import hcl2
import pytest

from orderlake.cost.terraform_settings import DIRECTORY, TerraformSettings, read_settings
from orderlake.errors import WrongUse

OPTIONS = hcl2.SerializationOptions(with_comments=False, strip_string_quotes=True)


def test_every_default_is_what_terraform_reads() -> None:
    parsed = hcl2.loads((DIRECTORY / "variables.tf").read_text(), serialization_options=OPTIONS)
    defaults = {name: body.get("default") for block in parsed["variable"] for name, body in block.items()}

    of_jobs = hcl2.loads(
        (DIRECTORY / "modules" / "jobs" / "variables.tf").read_text(), serialization_options=OPTIONS
    )
    schedules = {name: body.get("default") for block in of_jobs["variable"] for name, body in block.items()}
    defaults = schedules | defaults

    read = read_settings().model_dump(
        exclude={"alarm_metrics", "stream_alarm_metrics", "http_api_alarm_metrics"}
    )

    assert read == {name: defaults[name] for name in read}


def alarm_metrics(name: str) -> int:
    text = (DIRECTORY / "modules" / "observability" / f"alarms_{name}.tf").read_text()
    alarms = hcl2.loads(text, serialization_options=OPTIONS)["locals"][0][f"{name}_alarms"]
    return sum(len(alarm["metrics"]) for alarm in alarms.values())


def test_the_essential_alarms_watch_no_more_metrics_than_are_free() -> None:
    assert read_settings().alarm_metrics == alarm_metrics("essential") == 10


def test_all_alarms_are_counted_where_all_are_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "mine.tfvars"
    file.write_text('alarms = "all"\n')

    assert read_settings(file).alarm_metrics == alarm_metrics("essential") + alarm_metrics("further")
    assert read_settings(file).stream_alarm_metrics == read_settings().stream_alarm_metrics + 2 > 2


@pytest.mark.parametrize("file", sorted((DIRECTORY / "environments").glob("*.tfvars")), ids=lambda f: f.stem)
def test_every_environment_can_be_priced(file: Path) -> None:
    given = hcl2.loads(file.read_text(), serialization_options=OPTIONS)

    read = read_settings(file).model_dump()

    assert {name: read[name] for name in given if name in read} == {
        name: value for name, value in given.items() if name in read
    }


def test_a_value_that_terraform_would_refuse_is_wrong_use(tmp_path: Path) -> None:
    file = tmp_path / "mine.tfvars"
    file.write_text('shard_count = "many"\n')

    with pytest.raises(WrongUse, match="shard_count"):
        read_settings(file)


@pytest.mark.parametrize(
    ("schedule", "times"),
    [
        ("cron(5 * * * ? *)", 24),
        ("cron(0/15 * * * ? *)", 96),
        ("cron(0 */6 * * ? *)", 4),
        ("cron(0 3 * * ? *)", 1),
        ("cron(0,30 8,20 * * ? *)", 4),
    ],
)
def test_a_schedule_says_how_often_the_jobs_run(schedule: str, times: int) -> None:
    settings: TerraformSettings = read_settings().model_copy(update={"job_schedule": schedule})

    assert settings.jobs_per_day == times
