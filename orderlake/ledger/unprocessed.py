"""What Firehose's function did not process, with the records themselves.

Firehose writes JSON lines under its error prefix, with what the producer sent; their layout is in the
Firehose Developer Guide, "Handle failure in data transformation". They do not say a record's id: a record is
named after its object and line.
"""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from orderlake.errors import OrderlakeError
from orderlake.ledger.balance import Coordinate
from orderlake.ledger.on_failure import GivenUpRecord
from orderlake.ledger.stream_arrivals import parts_of

FOLDER: Final = "bronze/processing-failed/"


def records_of(key: str, body: bytes) -> Iterator[GivenUpRecord]:
    """The events in one object; `condition` is Firehose's error code.

    Raises:
        OrderlakeError: it is none of Firehose's.
    """
    try:
        for number, line in enumerate(body.splitlines()):
            if not line:  # a person was forgotten
                continue
            failure: dict[str, Any] = orjson.loads(line)
            condition = str(failure["errorCode"])
            at = datetime.fromtimestamp(int(failure["attemptEndingTimestamp"]) / 1000, UTC)
            for place, part in enumerate(parts_of(base64.b64decode(failure["rawData"]), "")):
                yield GivenUpRecord(Coordinate(key, number, place), part, condition, at)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise OrderlakeError(
            f"s3 object {key} is no record of a failed transformation: move it elsewhere"
        ) from error
