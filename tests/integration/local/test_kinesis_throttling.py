"""Throttling, seen by a client: which entries were refused, and that the others are stored."""

from typing import Any

from tests.integration.local.kinesis_endpoint import kinesis_client, stream


def test_of_a_batch_only_what_was_refused_is_not_stored() -> None:
    with kinesis_client(enforce_limits=True) as client, stream(client) as name:
        entries: Any = [{"Data": b"x", "PartitionKey": "k"}] * 500
        answers = [client.put_records(StreamName=name, Records=entries) for _ in range(8)]
        iterator = client.get_shard_iterator(
            StreamName=name, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        stored = client.get_records(ShardIterator=iterator)["Records"]
    failed = sum(answer["FailedRecordCount"] for answer in answers)
    codes = {entry.get("ErrorCode") for answer in answers for entry in answer["Records"]}
    assert failed > 0
    assert codes == {None, "ProvisionedThroughputExceededException"}
    assert len(stored) == 4000 - failed
