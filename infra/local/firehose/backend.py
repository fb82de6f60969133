"""The Firehose backend: moto's control plane, puts that buffer, destinations that are checked."""

import copy
import uuid
from collections.abc import Sequence
from typing import Any, ClassVar, Final, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from moto.firehose import models as moto_models
from moto.firehose.exceptions import (
    FirehoseException,
    InvalidArgumentException,
    ResourceNotFoundException,
    ValidationException,
)

from infra.local.firehose import prefixes
from infra.local.firehose.delivery import Source
from infra.local.firehose.destination import Destination, DestinationError, read_destination
from infra.local.firehose.processor import ProcessorError

_MAX_RECORDS: Final = 500
_MAX_RECORD_BYTES: Final = 1000 * 1024
_MAX_BATCH_BYTES: Final = 4 * 1024 * 1024
_S3_DESTINATIONS: Final = ("ExtendedS3", "S3")


class Intake(Protocol):
    """Takes accepted records."""

    def accept(self, source: Source, records: Sequence[bytes]) -> Sequence[bool]:
        """Buffer records; False for each one that was not taken and should be sent again."""
        ...

    def deliver_now(self, source: Source, destination: Destination) -> None:
        """Deliver what is buffered: the stream goes away."""
        ...


class FirehoseBackend(moto_models.FirehoseBackend):
    """Replaces moto's backend; `install` makes a subclass that knows the engine."""

    intake: ClassVar[Intake]

    def create_delivery_stream(self, *args: Any, **kwargs: Any) -> str:
        arn = super().create_delivery_stream(*args, **kwargs)
        name = arn.rpartition("/")[2]
        try:
            self.destination(name)
        except InvalidArgumentException:
            super().delete_delivery_stream(name)
            raise
        return arn

    def update_destination(self, delivery_stream_name: str, *args: Any, **kwargs: Any) -> None:
        stream = self.delivery_streams.get(delivery_stream_name)
        before = copy.deepcopy(vars(stream)) if stream else {}
        super().update_destination(delivery_stream_name, *args, **kwargs)
        try:
            self.destination(delivery_stream_name)
        except InvalidArgumentException:
            vars(stream).update(before)
            raise

    def delete_delivery_stream(self, delivery_stream_name: str) -> None:
        if delivery_stream_name in self.delivery_streams:
            destination = self.destination(delivery_stream_name)
            if destination:
                self.intake.deliver_now(self.source(delivery_stream_name), destination)
        super().delete_delivery_stream(delivery_stream_name)

    def put_record(self, delivery_stream_name: str, record: dict[str, bytes]) -> dict[str, Any]:
        answer = self._put(delivery_stream_name, [record["Data"]])[0]
        if "ErrorCode" in answer:
            raise FirehoseException("ServiceUnavailableException", "Slow down.")
        return {"RecordId": answer["RecordId"], "Encrypted": False}

    def put_record_batch(self, delivery_stream_name: str, records: list[dict[str, bytes]]) -> dict[str, Any]:
        if not 1 <= len(records) <= _MAX_RECORDS:
            raise ValidationException(
                f"1 validation error detected: Value at 'records' failed to satisfy constraint: "
                f"Member must have length between 1 and {_MAX_RECORDS}"
            )
        data = [record["Data"] for record in records]
        if sum(map(len, data)) > _MAX_BATCH_BYTES:
            raise InvalidArgumentException("Records size exceeds 4 MB limit")
        answers = self._put(delivery_stream_name, data)
        return {
            "FailedPutCount": sum("ErrorCode" in answer for answer in answers),
            "Encrypted": False,
            "RequestResponses": answers,
        }

    def destination(self, name: str) -> Destination | None:
        """How a stream delivers to S3; None for other destinations.

        Raises:
            InvalidArgumentException: AWS, or the embedded AWS, does not take the configuration.
        """
        stream = self.delivery_streams[name]
        for kind in _S3_DESTINATIONS:
            for configuration in stream.destinations:
                if kind in configuration:
                    return self._checked(configuration[kind])
        return None

    def source(self, name: str) -> Source:
        """The stream as it is configured now; `KeyError` when there is none."""
        return Source(self.account_id, self.region_name, name, self.delivery_streams[name].version_id)

    def _checked(self, configuration: dict[str, Any]) -> Destination:
        try:
            destination = read_destination(configuration, self.region_name)
            prefixes.check(destination.prefix, destination.error_prefix)
            ZoneInfo(destination.zone)
        except (DestinationError, ProcessorError, prefixes.PrefixError, ZoneInfoNotFoundError) as error:
            raise InvalidArgumentException(str(error)) from error
        return destination

    def _put(self, name: str, data: Sequence[bytes]) -> list[dict[str, str]]:
        if name not in self.delivery_streams:
            raise ResourceNotFoundException(f"Firehose {name} under account {self.account_id} not found.")
        for place, one in enumerate(data, 1):
            if len(one) > _MAX_RECORD_BYTES:
                raise ValidationException(
                    f"1 validation error detected: Value at 'records.{place}.member.data' failed to satisfy "
                    f"constraint: Member must have length less than or equal to {_MAX_RECORD_BYTES}"
                )
        taken = self.intake.accept(self.source(name), data)
        return [
            {"RecordId": uuid.uuid4().hex}
            if is_taken
            else {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."}
            for is_taken in taken
        ]
