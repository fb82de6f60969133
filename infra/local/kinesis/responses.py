"""Kinesis' requests that moto reads only in part."""

from typing import cast

from moto.core.responses import ActionResult
from moto.kinesis.responses import KinesisResponse


class EngineKinesisResponse(KinesisResponse):
    """Moto's request handler with the `Tags` of CreateStream."""

    def create_stream(self) -> ActionResult:
        answer = super().create_stream()
        tags = cast("dict[str, str]", self._get_param("Tags") or {})
        self.kinesis_backend.add_tags_to_stream(None, self._get_param("StreamName"), tags)
        return answer
