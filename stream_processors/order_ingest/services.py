"""What a function calls: made at the edge, each when it is first needed."""

import random
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from stream_processors.order_ingest.delivery import Deliverer, Patience
from stream_processors.order_ingest.personal_data import Parameters
from stream_processors.order_ingest.quarantine import Objects
from stream_processors.service_calls import S3, Account, Firehose, Ssm

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Kept of the invocation's time for the last call that is under way, and for the report.
RESERVE_SECONDS: Final = 5.0


class Services(NamedTuple):
    """The function's surroundings; what is called is needed by few batches, and made when it is."""

    firehose: Deliverer
    objects: Callable[[], Objects]
    parameters: Callable[[], Parameters]

    @classmethod
    def connected(cls, environment: Mapping[str, str]) -> "Services":
        """AWS's, as the function's environment says."""
        account = Account.from_environment(environment)
        return cls(Firehose(account), cache(lambda: S3(account)), cache(lambda: Ssm(account)))


def _up_to(longest: float) -> float:
    return random.uniform(0, longest)  # noqa: S311 - spreads load, guards nothing


class Clock(NamedTuple):
    """Time as the function sees it: `now` in seconds since the epoch."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], object] = time.sleep
    jitter: Callable[[float], float] = _up_to

    def patience(self, context: "LambdaContext") -> Patience:
        """How long this invocation may keep trying."""
        return Patience(
            remaining=lambda: context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS,
            sleep=self.sleep,
            jitter=self.jitter,
        )
