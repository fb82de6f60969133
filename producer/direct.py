"""Firehose's Direct PUT, behind the calls of Kinesis that `OrderStream` makes.

Events travel in the same records, singly or aggregated; Firehose's function takes aggregates apart.
Limits: https://docs.aws.amazon.com/firehose/latest/dev/limits.html
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NotRequired, TypedDict

from producer.connection import SEND_CONFIG
from producer.stream_settings import StreamSettings

if TYPE_CHECKING:
    from boto3 import Session
    from mypy_boto3_firehose import FirehoseClient
    from mypy_boto3_firehose.type_defs import PutRecordBatchResponseEntryTypeDef
    from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef, ShardTypeDef

MAX_RECORD_BYTES: Final = 1000 * 1024
MAX_REQUEST_BYTES: Final = 4 * 1024 * 1024
_SHARD: Final = "direct"
_EVERYTHING: Final = str(2**128 - 1)


class PutEntry(TypedDict):
    """What became of one record: taken where it has a sequence number."""

    SequenceNumber: NotRequired[str]
    ErrorCode: NotRequired[str]
    ShardId: NotRequired[str]


class PutAnswer(TypedDict):
    """As Kinesis answers PutRecords."""

    FailedRecordCount: int
    Records: list[PutEntry]


class ShardList(TypedDict):
    """As Kinesis answers ListShards."""

    Shards: list["ShardTypeDef"]
    NextToken: NotRequired[str]


class DirectPut:
    """A Firehose stream as a stream of one shard; errors are those of the client."""

    def __init__(self, client: "FirehoseClient") -> None:
        self._client = client

    def put_records(
        self,
        *,
        StreamName: str,  # noqa: N803
        Records: Iterable["PutRecordsRequestEntryTypeDef"],  # noqa: N803
    ) -> PutAnswer:
        """PutRecordBatch; keys mean nothing to Firehose."""
        answer = self._client.put_record_batch(
            DeliveryStreamName=StreamName, Records=[{"Data": record["Data"]} for record in Records]
        )
        entries = [_entry(result) for result in answer.get("RequestResponses", ())]
        return {"FailedRecordCount": answer.get("FailedPutCount", 0), "Records": entries}

    def list_shards(self, **_: Any) -> ShardList:
        """One shard that takes every key, so that all events may share aggregates."""
        shard: ShardTypeDef = {
            "ShardId": _SHARD,
            "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": _EVERYTHING},
            "SequenceNumberRange": {"StartingSequenceNumber": "0"},
        }
        return {"Shards": [shard]}


def _entry(result: "PutRecordBatchResponseEntryTypeDef") -> PutEntry:
    if record_id := result.get("RecordId"):
        return {"SequenceNumber": record_id, "ShardId": _SHARD}
    return {"ErrorCode": result.get("ErrorCode", "NoRecordId")}


def connect_direct(session: "Session") -> DirectPut:
    """A client that leaves retrying to `OrderStream`."""
    return DirectPut(session.client("firehose", config=SEND_CONFIG))


def direct_settings(stream_name: str, *, aggregate: bool = True) -> StreamSettings:
    """Settings within Firehose's limits."""
    return StreamSettings(
        stream_name=stream_name,
        aggregate=aggregate,
        max_record_bytes=MAX_RECORD_BYTES,
        max_batch_bytes=MAX_REQUEST_BYTES,
    )
