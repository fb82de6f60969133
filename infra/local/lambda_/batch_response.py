"""What a function's answer says about a batch (`ReportBatchItemFailures`)."""

import json
from collections.abc import Sequence


def first_failure(response: bytes, sequence_numbers: Sequence[str]) -> int:
    """The index of the first record to send again; the batch's length when all succeeded.

    As documented for Kinesis: no answer, an empty one and an empty list mean success; of several failures the
    lowest sequence number counts; an answer of another shape fails the whole batch.
    """
    try:
        document = json.loads(response or b"null")
    except ValueError:
        return 0
    if document is None or document == {}:
        return len(sequence_numbers)
    if not isinstance(document, dict):
        return 0
    failures = document.get("batchItemFailures", ())
    if failures is None:
        return len(sequence_numbers)
    if not isinstance(failures, list | tuple):
        return 0
    places = {number: index for index, number in enumerate(sequence_numbers)}
    failed = [
        places.get(str(failure.get("itemIdentifier")), 0) if isinstance(failure, dict) else 0
        for failure in failures
    ]
    return min(failed, default=len(sequence_numbers))
