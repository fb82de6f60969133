"""The API's work: every posted event examined, numbered, sent and answered for.

Each instance of the function is a producer run: `producer_id` and `sequence` are its own, whatever the client
wrote there, and its manifest is the ledger's record of what the stream acknowledged. Events that break a rule
get no number: nothing was promised.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from producer.errors import ManifestUnwritable
from producer.journal import Journal
from producer.record import Record
from stream_processors.contract import RejectionReason
from stream_processors.errors import is_throttling
from stream_processors.order_api import answers
from stream_processors.order_api.answers import EventResult, Outcome, Receipt
from stream_processors.order_api.sending import Put, send
from stream_processors.order_ingest.delivery import Patience
from stream_processors.order_ingest.examination import (
    SOURCE_LINE_REJECTED,
    Broken,
    examine,
    partition_key,
)
from stream_processors.order_ingest.rules import MAX_BROKEN_RULES, BrokenRule

_MAX_RULES_IN_ANSWER: Final = 10_000
_MAX_QUOTED: Final = 256
_TOO_DEEP: Final = BrokenRule(
    RejectionReason.NOT_JSON, "json_invalid", "", "Input should not nest deeper than 200 levels"
)
_SOURCE_LINE: Final = BrokenRule(
    RejectionReason.SOURCE_LINE_REJECTED,
    SOURCE_LINE_REJECTED,
    "event_type",
    "Input should be an event of a shop",
)


class Taken(NamedTuple):
    """What became of a request: the answer, and facts for the log.

    With a `ledger_error` the manifest lacks what was acknowledged last.
    """

    receipt: Receipt
    codes: Counter[str]
    ledger_error: str | None = None

    @property
    def status(self) -> int:
        """The status of all events, or 207 where they differ."""
        statuses = {result.status for result in self.receipt.results}
        return statuses.pop() if len(statuses) == 1 else 207

    @property
    def is_worth_retrying(self) -> bool:
        return self.receipt.not_taken > 0

    @property
    def reasons(self) -> Counter[str]:
        """How many events were refused for which reason; one may have several."""
        return Counter(
            reason
            for result in self.receipt.results
            for reason in {error.reason.value for error in result.errors or ()}
        )


class Intake:
    """Takes requests, one after the other, into one stream."""

    def __init__(self, put: Put, journal: Journal) -> None:
        self._put = put
        self._journal = journal
        self._sequence = journal.announced

    def take(self, documents: Sequence[Any], latest: datetime, patience: Patience) -> Taken:
        """Send what is sound; what happened later than `latest` is not.

        Raises:
            DeliveryRefusedError: the stream will never take anything.
        """
        results: list[EventResult | None] = []
        records: list[Record] = []
        places: dict[int, int] = {}
        room = _MAX_RULES_IN_ANSWER
        for index, document in enumerate(documents):
            found = self._examined(document, latest)
            if isinstance(found, Record):
                places[found.sequence] = index
                records.append(found)
                results.append(None)
            else:
                errors = _listed(found, max(1, min(MAX_BROKEN_RULES, room)))
                room -= len(errors)
                results.append(_result(index, document, Outcome.BROKEN, errors))
        outcomes, codes, ledger_error = self._sent(records, patience)
        for sequence, index in places.items():
            outcome = outcomes.get(sequence, Outcome.ACKNOWLEDGED)
            results[index] = _result(index, documents[index], outcome)
        return Taken(_receipt([result for result in results if result]), codes, ledger_error)

    def _examined(self, document: Any, latest: datetime) -> Record | Sequence[BrokenRule]:
        sequence = self._sequence + 1
        if isinstance(document, dict):
            document = {**document, "producer_id": self._journal.producer_id, "sequence": sequence}
        try:
            data = orjson.dumps(document)
        except TypeError:  # the only thing that can be read and not written
            return [_TOO_DEEP]
        found = examine(data, latest)
        if isinstance(found, Broken):
            return found.rules
        event_type = found.event["event_type"]
        if event_type == SOURCE_LINE_REJECTED:
            return [_SOURCE_LINE]
        self._sequence = sequence
        return Record(sequence, partition_key(found.event["payload"]), data, event_type)

    def _sent(
        self, records: Sequence[Record], patience: Patience
    ) -> tuple[dict[int, Outcome], Counter[str], str | None]:
        """What was not acknowledged, by sequence; nothing is sent that the manifest does not announce."""
        if not records:
            return {}, Counter(), None
        try:
            self._journal.announce(records[-1].sequence)
        except ManifestUnwritable as error:
            self._sequence = self._journal.announced
            return {record.sequence: Outcome.UNAVAILABLE for record in records}, Counter(), str(error)
        failed = send(self._put, records, self._journal.stream_name, patience)
        outcomes = {
            sequence: Outcome.THROTTLED if is_throttling(code) else Outcome.UNAVAILABLE
            for sequence, code in failed.items()
        }
        return outcomes, Counter(failed.values()), self._journalled(records, failed)

    def _journalled(self, records: Sequence[Record], failed: dict[int, str]) -> str | None:
        """Write down what was acknowledged; where that fails it is written with the next request."""
        self._journal.fail(failed)
        try:
            self._journal.acknowledge([record for record in records if record.sequence not in failed])
        except ManifestUnwritable as error:
            return str(error)
        return None


def _receipt(results: Sequence[EventResult]) -> Receipt:
    counted = Counter(result.status for result in results)
    return Receipt(
        acknowledged=counted[202],
        broken=counted[422],
        not_taken=counted[429] + counted[503],
        results=results,
    )


def _result(
    index: int, document: Any, outcome: Outcome, errors: Sequence[answers.BrokenRule] | None = None
) -> EventResult:
    stated = document.get("event_id") if isinstance(document, dict) else None
    event_id = stated if isinstance(stated, str) and len(stated) <= _MAX_QUOTED else None
    return EventResult(index=index, event_id=event_id, status=outcome.value, errors=errors)


def _listed(rules: Sequence[BrokenRule], most: int) -> list[answers.BrokenRule]:
    """The rules; beyond the first `most` only how many more."""
    listed = [answers.BrokenRule(**rule._asdict()) for rule in rules[:most]]
    if hidden := len(rules) - len(listed):
        message = f"{hidden} more broken rules"
        listed.append(answers.BrokenRule(reason=rules[most].reason, rule="more", path="", message=message))
    return listed
