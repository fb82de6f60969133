"""Puts events on the stream: one request, failed entries alone again while there is time.

Limits: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from producer.record import Record
from stream_processors.errors import CallFailedError
from stream_processors.order_ingest.delivery import Deliverer, Patience

_FIRST_PAUSE_SECONDS: Final = 0.05
_LONGEST_PAUSE_SECONDS: Final = 1.0

Put = Callable[[Sequence[Record]], "list[str | None]"]
"""Sends once: each record's error, None where it was taken; a failed call is a `CallFailedError`."""


class Stream(Protocol):
    """The part of Kinesis that is used, as boto3 has it."""

    def put_records(
        self,
        *,
        StreamName: str,  # noqa: N803
        Records: Sequence[Mapping[str, Any]],  # noqa: N803
    ) -> Mapping[str, Any]: ...


def put_to_stream(client: Stream, name: str) -> Put:
    """PutRecords of a Kinesis stream."""

    def put(records: Sequence[Record]) -> list[str | None]:
        entries = [{"Data": record.data, "PartitionKey": record.partition_key} for record in records]
        answer = client.put_records(StreamName=name, Records=entries)
        return [entry.get("ErrorCode") for entry in answer["Records"]]

    return put


def put_to_delivery(client: Deliverer, name: str) -> Put:
    """PutRecordBatch of a Firehose stream: profile `direct`."""

    def put(records: Sequence[Record]) -> list[str | None]:
        entries = [{"Data": record.data} for record in records]
        answer = client.put_record_batch(DeliveryStreamName=name, Records=entries)
        return [entry.get("ErrorCode") for entry in answer["RequestResponses"]]

    return put


def send(put: Put, records: Sequence[Record], stream: str, patience: Patience) -> dict[int, str]:
    """Send until all are taken or patience ends; the last error's code by the sequence of what is not taken.

    A call without an answer counts as not taken, though it may have been: sending again can only make a
    duplicate, which silver drops.

    Raises:
        DeliveryRefusedError: waiting changes nothing.
    """
    waiting = list(records)
    longest = _FIRST_PAUSE_SECONDS
    while True:
        codes = _put_once(put, waiting, stream)
        failed = {
            record.sequence: code for record, code in zip(waiting, codes, strict=True) if code is not None
        }
        pause = patience.jitter(longest)
        if not failed or pause >= patience.remaining():
            return failed
        patience.sleep(pause)
        waiting = [record for record in waiting if record.sequence in failed]
        longest = min(_LONGEST_PAUSE_SECONDS, 2 * longest)


def _put_once(put: Put, records: Sequence[Record], stream: str) -> Sequence[str | None]:
    try:
        return put(records)
    except CallFailedError as error:
        error.raise_unless_transient(stream)
        return [error.code] * len(records)
