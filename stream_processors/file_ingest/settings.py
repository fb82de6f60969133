"""The function's settings, read once at cold start."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stream_processors.errors import SettingsError


class Settings(BaseModel):
    """Where files come from and events go. `stream_name` is a Firehose stream with profile `direct`.

    `shop_timezone` is that of the times in files that do not say their own; `detailed_metrics` are those
    that only the alarms beyond the essential ones need: CloudWatch bills each.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lake_bucket: Annotated[str, Field(min_length=3)]
    landing_prefix: Annotated[str, Field(pattern=r"^[^/].*/$")]
    stream_name: Annotated[str, Field(min_length=1)]
    profile: Literal["stream", "direct"]
    shop_timezone: str = "Europe/London"
    detailed_metrics: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read each setting from the variable of its name in capitals; empty is the same as absent.

        Raises:
            SettingsError: naming every variable that is missing or wrong.
        """
        given = {name: environment.get(name.upper(), "") for name in cls.model_fields}
        try:
            return cls.model_validate({name: value for name, value in given.items() if value})
        except ValidationError as error:
            problems = [f"{str(each['loc'][0]).upper()} ({each['msg']})" for each in error.errors()]
            raise SettingsError(sorted(problems)) from error
