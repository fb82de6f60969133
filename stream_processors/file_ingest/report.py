"""What is said of a landed file, in an object beside it. It quotes nothing of the file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict

from producer.errors import (
    OrderFileBroken,
    OrderFileEmpty,
    OrderFileError,
    OrderFileTooLarge,
    WrongHeader,
)
from stream_processors.file_ingest.landed import Outcome


class Problem(NamedTuple):
    """Why a file is not wholly in; `code` is stable."""

    code: str
    message: str

    @classmethod
    def of(cls, error: OrderFileError) -> "Problem":
        """The error without what it quotes: a file without a header names people in its first line."""
        code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), "unreadable")
        if isinstance(error, OrderFileBroken):
            return cls(code, f"after line {error.lines:,}: {error.cause}; what came before is in")
        return cls(code, _MESSAGES[code])


# The narrower kind first.
_CODES: Final[Mapping[type[OrderFileError], str]] = {
    OrderFileTooLarge: "unpacks_to_too_much",
    OrderFileBroken: "broken",
    OrderFileEmpty: "empty",
    WrongHeader: "wrong_header",
}
_MESSAGES: Final = {
    "empty": "holds no order lines and no events",
    "wrong_header": "is neither JSON nor does its first line name the columns of an order file",
    "unreadable": "is a zip archive or a spreadsheet; unpack it, or export it as CSV",
}


class Report(BaseModel):
    """`lines` were read (of a JSON array: elements), and became `accepted` events and `rejected` ones.

    Rejected lines are in quarantine; so is what the consumer refuses later of an order file, under the same
    `producer_id`.
    Nothing was read of a file whose `format` is null.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version_id: str
    producer_id: str
    outcome: Outcome
    problem: Problem | None
    format: str | None
    size: int
    sha256: str | None
    lines: int
    events: int
    accepted: int
    rejected: Mapping[str, int]
    ended_at: datetime

    def document(self) -> bytes:
        """The report as it is kept."""
        problem = self.problem and self.problem._asdict()
        document = {**self.model_dump(mode="json"), "problem": problem}
        return orjson.dumps(document, option=orjson.OPT_INDENT_2)
