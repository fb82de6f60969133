"""What a function's answer says about a batch (`ReportBatchItemFailures`)."""

import json
from collections.abc import Sequence


def first_failure(response: bytes, sequence_numbers: Sequence[str]) -> int | None:
    """Where to go on: the index of the first record to send again, or None where all of them failed.

    It is the batch's length when all succeeded.

    As documented for Kinesis: no answer, an empty one and an empty list mean success; of several failures the
    lowest sequence number counts; an answer of another shape fails the whole batch.
    """
    try:
        document = json.loads(response or b"null")
    except ValueError:
        return None
    if document is None or document == {}:
        return len(sequence_numbers)
    if not isinstance(document, dict):
        return None
    failures = document.get("batchItemFailures") or ()
    if not isinstance(failures, list | tuple):
        return None
    places = {number: index for index, number in enumerate(sequence_numbers)}
    reported = [failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures]
    failed = [places[number] for number in reported if isinstance(number, str) and number in places]
    return None if len(failed) < len(reported) else min(failed, default=len(sequence_numbers))
