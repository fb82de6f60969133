"""Lambda's entry point of order_api."""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from stream_processors.order_api.api import OrderApi, Response
from stream_processors.order_api.sending import Put, put_to_delivery, put_to_stream
from stream_processors.order_api.settings import Settings
from stream_processors.order_ingest.tracing import traced
from stream_processors.service_calls import S3, Account, Firehose, Kinesis

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Handler = Callable[[Mapping[str, Any], "LambdaContext"], Response]


def make_handler(environment: Mapping[str, str]) -> Handler:
    """Compose the function as its environment says."""
    settings, account = Settings.from_environment(environment), Account.from_environment(environment)
    logger = Logger()
    api = OrderApi(settings, _connected(settings, account), S3(account), logger=logger)

    # Said, so that no variable of Powertools can have the requests logged.
    @logger.inject_lambda_context(log_event=False)
    def handle(event: Mapping[str, Any], _context: "LambdaContext") -> Response:
        return api.answer(event)

    return handle


def _connected(settings: Settings, account: Account) -> Put:
    if settings.profile == "direct":
        return put_to_delivery(Firehose(account), settings.stream_name)
    return put_to_stream(Kinesis(account), settings.stream_name)


handler = traced(make_handler(os.environ), os.environ)
