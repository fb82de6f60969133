"""What a run on the embedded AWS would have cost: its meter's counts, priced."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orderlake.cost.assumptions import Assumptions
from orderlake.cost.jobs import shell_time
from orderlake.cost.model import Usage, function_slowdown
from orderlake.cost.terraform_settings import TerraformSettings
from orderlake.errors import NothingListening, WrongUse

METERING_PATH = "/_orderlake/metering"
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Metering:
    """The meter's counts between two moments of the engines' clock."""

    since: datetime
    until: datetime
    usage: Mapping[str, Decimal]

    @property
    def hours(self) -> Decimal:
        return Decimal(str((self.until - self.since).total_seconds())) / 3600


def read_metering(endpoint_url: str) -> Metering:
    """Ask an embedded AWS for its counts.

    Raises:
        NothingListening: no server answers there.
        WrongUse: the server is no embedded AWS.
    """
    url = endpoint_url.rstrip("/") + METERING_PATH
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - the command checked it
            document = json.load(answer)
        return Metering(
            datetime.fromisoformat(document["since"]),
            datetime.fromisoformat(document["until"]),
            {name: Decimal(count) for name, count in document["usage"].items()},
        )
    except urllib.error.HTTPError as error:
        raise WrongUse(
            f"{endpoint_url} does not meter: `cost --measured` prices runs on `orderlake up`"
        ) from error
    except OSError as error:
        raise NothingListening(endpoint_url) from error


def as_on_aws(usage: Mapping[str, Decimal], settings: TerraformSettings, assumptions: Assumptions) -> Usage:
    """The counts with the times that AWS's smaller processors would take, and with the jobs' start-up.

    Here a function or job has a whole processor and its libraries are installed: neither holds on AWS.
    """
    found = dict(usage)
    found["lambda.gb_seconds"] = found.get("lambda.gb_seconds", Decimal(0)) * function_slowdown(settings)
    run_dpu = found.pop("glue.run_dpu", Decimal(0))
    raw = found.pop("glue.raw_dpu_hours", Decimal(0))
    dpu = Decimal(str(settings.job_capacity))
    time = shell_time(run_dpu / dpu, raw / dpu * 3600, dpu, assumptions)
    found["glue.start_up_dpu_hours"] = time.start_up_dpu_hours
    found["glue.dpu_hours"] = time.work_dpu_hours
    return found
