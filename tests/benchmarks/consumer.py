"""The consumer beside Powertools' BatchProcessor, aws_kinesis_agg and pydantic, on the same batch.

Aggregated records of 50 KiB, one event in a hundred bad, 6 MB of payload; Firehose costs nothing on
either side, and both must accept and reject the same number of events.
`python -m tests.benchmarks.consumer`
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any, Final, cast

from aws_kinesis_agg.deaggregator import deaggregate_records
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord
from pydantic import ValidationError

from producer.aggregation import UserRecord, pack
from producer.contract import ORDER_EVENT
from stream_processors.contract import Coordinates
from stream_processors.order_ingest.delivery import DeliveryStream, Patience
from stream_processors.order_ingest.ingest import RecentlySeen, StreamRecord, ingest
from stream_processors.order_ingest.judge import Judge
from stream_processors.order_ingest.personal_data import make_key
from stream_processors.order_ingest.quarantine import Quarantine, RawStore
from tests.benchmarks.comparison import Comparison

BATCH_BYTES: Final = 6_000_000
RECORD_BYTES: Final = 50 * 1024
AT: Final = 1_767_312_000_000_000
ROUNDS: Final = 7
COLD_STARTS: Final = 7

PLAIN_IMPORTS: Final = """
import boto3, pydantic
from aws_kinesis_agg.deaggregator import deaggregate_records
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
pydantic.BaseModel, pydantic.TypeAdapter, pydantic.ValidationError
"""
PLAIN_COLD_START: Final = (
    PLAIN_IMPORTS
    + """
import producer.contract
boto3.client("firehose"), boto3.client("s3"), Logger(), Metrics()
"""
)
# A whole invocation as Lambda makes it, from JSON text to response; only the network is left out.
INVOCATION: Final = """
import json, pathlib, resource, sys
import orjson
from aws_lambda_powertools import Logger
from stream_processors.order_ingest import handler
from stream_processors.service_calls import Account, Firehose

class Sent(Firehose):
    def _call(self, operation, arguments):
        assert len(orjson.dumps(arguments)) < 6_000_000
        return {"FailedPutCount": 0, "RequestResponses": []}

class Context:
    function_name = aws_request_id = invoked_function_arn = "x"
    memory_limit_in_mb = 128
    def get_remaining_time_in_millis(self):
        return 60_000

services = handler.Services(Sent(Account.from_environment(handler.os.environ)), None, None)
handle = handler.make_handler(
    handler.Settings.from_environment(handler.os.environ), services, logger=Logger(stream=sys.stderr)
)
for _ in range(3):
    assert handle(json.loads(pathlib.Path(sys.argv[1]).read_text()), Context()) == {"batchItemFailures": []}
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.__stdout__)
"""
LAMBDA_MEGABYTES: Final = 128
OUR_IMPORT: Final = "import stream_processors.order_ingest.handler"


class _NullFirehose:
    def __init__(self) -> None:
        self.bytes_taken = 0

    def put_record_batch(self, *, DeliveryStreamName: str, Records: list[dict[str, bytes]]) -> dict[str, Any]:  # noqa: N803
        self.bytes_taken += sum(len(record["Data"]) for record in Records)
        return {"FailedPutCount": 0, "RequestResponses": []}


def kinesis_batch() -> tuple[dict[str, Any], int, int]:
    """One Lambda event, and how many good and bad events are in it."""
    records: list[dict[str, Any]] = []
    good = bad = size = number = 0
    while size < BATCH_BYTES - RECORD_BYTES * 4 // 3:
        parts, part_bytes = [], 0
        while part_bytes < RECORD_BYTES:
            number += 1
            is_bad = number % 100 == 0
            data = _event(number, "NaN" if is_bad else "2.55")
            good, bad = good + (not is_bad), bad + is_bad
            parts.append(UserRecord(f"o-{number}", None, data))
            part_bytes += len(data)
        text = b64encode(pack(parts)).decode()
        size += len(text)
        records.append(_kinesis_record(len(records), text))
    return {"Records": records}, good, bad


def _event(number: int, unit_price: str) -> bytes:
    line = {"sku": "85123A", "description": "WHITE HANGING HEART T-LIGHT HOLDER", "category": "home"}
    lines = [{"line_number": n, **line, "quantity": 6, "unit_price": unit_price} for n in (1, 2, 3)]
    payload = {"order_id": f"o-{number}", "customer_id": "17850", "country": "United Kingdom"}
    event = {
        "event_id": f"7c1f8d1e-0d4f-4f7b-9c8e-{number:012x}",
        "event_type": "order_placed",
        "schema_version": 2,
        "occurred_at": "2026-01-01T10:11:12.123456Z",
        "producer_id": "7c1f8d1e-0d4f-4f7b-9c8e-0d9d0c6c1111",
        "sequence": number,
        "payload": {**payload, "currency": "GBP", "lines": lines},
    }
    return json.dumps(event, separators=(",", ":")).encode()


def _kinesis_record(position: int, text: str) -> dict[str, Any]:
    number = str(49590338271490256608559692538361571095921575989136588898 + position)
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "a",
            "sequenceNumber": number,
            "data": text,
            "approximateArrivalTimestamp": 1_767_225_600.125,
        },
        "eventID": f"shardId-000000000000:{number}",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    }


def ours(event: dict[str, Any], firehose: _NullFirehose) -> tuple[int, int]:
    """The function's work on one batch, without its logger."""
    patience = Patience(lambda: 30.0, time.sleep, lambda longest: longest)
    client = cast("Any", firehose)
    bronze = DeliveryStream(client, "bronze", patience)
    quarantine = Quarantine(
        DeliveryStream(client, "quarantine", patience), RawStore(lambda: client, "lake", "raw/")
    )
    records = (
        StreamRecord(
            Coordinates("orders", "shardId-000000000000", record["kinesis"]["sequenceNumber"], 0, 0),
            record["kinesis"]["partitionKey"],
            b64decode(record["kinesis"]["data"]),
        )
        for record in event["Records"]
    )
    judge = Judge(AT, 24 * 3600, lambda: make_key(1, "key"))
    outcome = ingest(records, judge, bronze, quarantine, RecentlySeen())
    return outcome.accepted, outcome.rejected.total()


def peer(event: dict[str, Any], firehose: _NullFirehose) -> tuple[int, int]:
    """The same outcome as one writes it with the three libraries."""
    accepted: list[dict[str, bytes]] = []
    rejected: list[dict[str, bytes]] = []
    counts = [0, 0]

    def send(stream: str, records: list[dict[str, bytes]]) -> None:
        firehose.put_record_batch(DeliveryStreamName=stream, Records=records)
        records.clear()

    def judge(record: KinesisStreamRecord) -> None:
        data = record.kinesis.data_as_bytes()
        place = {
            "stream_name": "orders",
            "sequence_number": record.kinesis.sequence_number,
            "sub_sequence_number": record.kinesis.get("subSequenceNumber", 0),
            "arrived_at": int(record.kinesis.approximate_arrival_timestamp * 1_000_000),
        }
        try:
            valid = ORDER_EVENT.validate_json(data)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_context=False, include_input=False)
            row = {"errors": json.dumps(errors), "raw_base64": b64encode(data).decode(), **place}
            rejected.append({"Data": json.dumps(row).encode() + b"\n"})
            counts[1] += 1
        else:
            row = {
                "event_id": str(valid.event_id),
                "event_type": valid.event_type,
                "schema_version": valid.schema_version,
                "occurred_at": int(valid.occurred_at.timestamp() * 1_000_000),
                "producer_id": valid.producer_id,
                "sequence": valid.sequence,
                "partition_key": valid.payload.partition_key(),
                "payload": valid.payload.model_dump_json(exclude_none=True),
                **place,
                "ingested_at": 0,
            }
            accepted.append({"Data": json.dumps(row).encode()})
            counts[0] += 1
            if len(accepted) == 500:
                send("bronze", accepted)

    processor = BatchProcessor(event_type=EventType.KinesisDataStreams)
    with processor(records=deaggregate_records(event["Records"]), handler=judge):
        processor.process()
    assert processor.response() == {"batchItemFailures": []}
    send("bronze", accepted)
    send("quarantine", rejected)
    return counts[0], counts[1]


def _seconds(
    work: Callable[[dict[str, Any], _NullFirehose], tuple[int, int]], event: dict[str, Any]
) -> float:
    gc.collect()
    started = time.process_time()
    work(event, _NullFirehose())
    return time.process_time() - started


def _run(code: str, *arguments: str) -> str:
    """The last line that a fresh interpreter prints, in the function's environment."""
    surroundings = {
        "BRONZE_DELIVERY_STREAM": "bronze",
        "QUARANTINE_DELIVERY_STREAM": "quarantine",
        "LAKE_BUCKET": "lake",
        "QUARANTINE_RAW_PREFIX": "quarantine/raw/",
        "POWERTOOLS_SERVICE_NAME": "order-ingest",
        "POWERTOOLS_METRICS_NAMESPACE": "Orderlake",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | surroundings,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()[-1]


def _interpreter_seconds(code: str) -> float:
    """Processor time that a fresh interpreter takes for `code`, beyond its own start."""
    timed = f"import time; started = time.process_time()\n{code}\nprint(time.process_time() - started)"
    return float(_run(timed))


def _peak_megabytes(event: dict[str, Any]) -> float:
    """Resident memory of a process that serves the batch three times."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(event, file)
        file.flush()
        return int(_run(INVOCATION, file.name)) / 1024


def _median_pair(first: Callable[[], float], second: Callable[[], float], rounds: int) -> tuple[float, float]:
    pairs = [(first(), second()) for _ in range(rounds + 1)][1:]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def measure() -> list[Comparison]:
    """Events per second of a batch, and milliseconds of a cold start, as medians of interleaved rounds."""
    event, good, bad = kinesis_batch()
    for work in (ours, peer):
        assert work(event, _NullFirehose()) == (good, bad), work.__name__
    our_time, peer_time = _median_pair(lambda: _seconds(ours, event), lambda: _seconds(peer, event), ROUNDS)
    total = good + bad
    comparisons = [
        Comparison(
            "consumer, aggregated 50 KiB records, 1% bad",
            "events/s",
            total / our_time,
            total / peer_time,
            peer_time / our_time,
            "≥ 1.6",
        )
    ]
    for step, code in (
        ("consumer cold import: all of ours beside the plain imports alone", PLAIN_IMPORTS),
        ("consumer cold start: both with models and clients", PLAIN_COLD_START),
    ):
        our_start, peer_start = _median_pair(
            lambda: _interpreter_seconds(OUR_IMPORT),
            lambda code=code: _interpreter_seconds(code),  # type: ignore[misc]
            COLD_STARTS,
        )
        comparisons.append(
            Comparison(step, "ms", our_start * 1000, peer_start * 1000, our_start / peer_start, "≤ 0.6")
        )
    peak = _peak_megabytes(event)
    step = "consumer, a 6 MB batch: peak memory beside the function's least"
    comparisons.append(Comparison(step, "MB", peak, LAMBDA_MEGABYTES, peak / LAMBDA_MEGABYTES, "≤ 1"))
    return comparisons


def main() -> None:
    """Print one line per comparison."""
    for step, unit, our_value, peer_value, ratio, goal in measure():
        sys.stdout.write(
            f"{step}: {our_value:,.0f} {unit}, peer {peer_value:,.0f}: {ratio:.2f} (goal {goal})\n"
        )


if __name__ == "__main__":
    main()
