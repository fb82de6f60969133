"""Hand-written stand-ins for AWS and for time."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from botocore.exceptions import ClientError

from producer.record import Record
from producer.stream import OrderStream, StreamSettings

Answer = Callable[[Sequence[dict[str, Any]]], dict[str, Any]]


def took_all(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"FailedRecordCount": 0, "Records": [{"SequenceNumber": "1", "ShardId": "s"} for _ in entries]}


def failed_at(*places: int, code: str = "ProvisionedThroughputExceededException") -> Answer:
    def answer(entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        results = [
            {"ErrorCode": code, "ErrorMessage": "no"} if place in places else {"SequenceNumber": "1"}
            for place, _ in enumerate(entries)
        ]
        return {"FailedRecordCount": len(places), "Records": results}

    return answer


def refused(code: str, status: int = 400) -> Answer:
    def answer(_entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        raise ClientError(
            {
                "Error": {"Code": code, "Message": "no"},
                "ResponseMetadata": cast("Any", {"HTTPStatusCode": status}),
            },
            "PutRecords",
        )

    return answer


def raising(error: Exception) -> Answer:
    def answer(_entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
        raise error

    return answer


def answering(*entries: dict[str, Any]) -> Answer:
    return lambda _entries: {"FailedRecordCount": 0, "Records": list(entries)}


class FakeKinesis:
    """Answers as told, the last answer for ever; keeps the keys of what each request held."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers) or [took_all]
        self.requests: list[list[str]] = []
        self.sizes: list[int] = []
        self.taken: list[bytes] = []

    def answer_from_now_on(self, answer: Answer) -> None:
        self._answers = [answer]

    def put_records(self, *, StreamName: str, Records: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.requests.append([entry["PartitionKey"] for entry in Records])
        self.sizes.append(sum(len(entry["Data"]) + len(entry["PartitionKey"].encode()) for entry in Records))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        response = answer(Records)
        for entry, result in zip(Records, response["Records"], strict=False):
            if "SequenceNumber" in result:
                self.taken.append(entry["Data"])
        return response


class FakeTime:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


class FakeStore:
    """Keeps every version of every manifest."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, body: bytes) -> None:
        self.bodies.append(body)
        self.objects[key] = body

    def keys(self, prefix: str) -> list[str]:
        return [key for key in self.objects if key.startswith(prefix)]

    def get(self, key: str) -> bytes:
        return self.objects[key]


def stream_over(
    kinesis: FakeKinesis, time: FakeTime | None = None, **options: Any
) -> tuple[OrderStream, list[Record]]:
    """A stream over the fake, without real waiting, and the list that collects what it acknowledges."""
    time = time or FakeTime()
    acknowledged: list[Record] = []
    options.setdefault("aggregate", False)
    names = set(StreamSettings.model_fields)
    settings = {name: options.pop(name) for name in list(options) if name in names}
    options.setdefault("on_acknowledged", acknowledged.extend)
    stream = OrderStream(
        cast("Any", kinesis),
        StreamSettings(stream_name="orders", **settings),
        clock=time.clock,
        sleep=time.sleep,
        jitter=lambda _low, high: high,
        **options,
    )
    return stream, acknowledged
