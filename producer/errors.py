"""What can go wrong while events are made and sent.

```
ProducerError
├── EventTooLarge                 an event over the contract's limit
├── OrderFileError                a file of orders
│   ├── OrderFileMissing          nothing under that name
│   ├── OrderFileIsDirectory
│   ├── OrderFileForbidden        no permission to read it
│   ├── OrderFileEmpty            nothing in it but, perhaps, a header
│   ├── OrderFileUnreadable       the operating system, or the format, says no from the start
│   ├── WrongHeader               columns missing; names what was found and what was expected
│   ├── OrderFileBroken           cut off or damaged part way; says how far it got
│   │   └── OrderFileTooLarge     more came out of it than whoever reads it takes
│   └── CatalogueUnreadable       the file of categories
├── StreamError                   sending; `.unacknowledged` are the sequences of what is not on the stream
│   ├── RecordTooLarge            terminal: over the service's limit for one record
│   ├── WrongPartitionKey         terminal: empty, or over Kinesis's limit
│   ├── StreamMissing             terminal: no such stream
│   ├── CredentialsRefused        terminal: none, expired, or not allowed
│   ├── StreamRefused             terminal: the service calls the request wrong
│   ├── StreamThrottled           retryable: the shards' throughput was exceeded for too long
│   ├── StreamUnavailable         retryable: no answer, or the service's own failure, for too long
│   └── SendInterrupted           retryable: told to stop before everything was acknowledged
├── SpoolError                    the events that wait on disk
│   ├── SpoolInUse                another process has it
│   ├── SpoolUnusable             cannot be opened, or is none
│   └── SpoolUnwritable           the disk refuses; the event was not taken
├── WrongPlan                     faults or a load shape that cannot be read or kept
└── JournalError                  the run's manifest
    ├── ManifestUnwritable        nothing is sent that the journal cannot announce
    └── ManifestUnreadable        not a manifest, or one of a newer program
```
"""

from collections.abc import Sequence
from pathlib import Path


class ProducerError(Exception):
    """Anything this stage raises on purpose; the message says what to do."""


class EventTooLarge(ProducerError):
    """An event is over the contract's limit."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"an event of {size:,} bytes is over the limit of {limit:,}; split the order")
        self.size = size
        self.limit = limit


class OrderFileError(ProducerError):
    """A file of orders cannot be read; `path` is the one."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class OrderFileMissing(OrderFileError):
    """Nothing has that name."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "no such file; check the name")


class OrderFileIsDirectory(OrderFileError):
    """The path is a directory."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "is a directory; name one file in it")


class OrderFileForbidden(OrderFileError):
    """The permissions do not allow reading."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "no permission to read it; check its owner and mode")


class OrderFileEmpty(OrderFileError):
    """The file holds no line of an order."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "holds no order lines; nothing was sent")


class OrderFileUnreadable(OrderFileError):
    """The file cannot be read at all."""


class WrongHeader(OrderFileError):
    """The first line does not name the columns of an order file."""

    def __init__(self, path: Path, found: Sequence[str], expected: Sequence[str]) -> None:
        names = ", ".join(name[:40] for name in found[:20]) or "nothing"
        shown = names.encode("unicode_escape").decode()
        super().__init__(
            path,
            f"the header should name {', '.join(expected)}; it names {shown}",
        )
        self.found = tuple(found)
        self.expected = tuple(expected)


class OrderFileBroken(OrderFileError):
    """Reading failed part way; orders that may be incomplete were held back."""

    def __init__(self, path: Path, *, lines: int, bytes_read: int, cause: str) -> None:
        super().__init__(
            path,
            f"broken after line {lines:,} ({bytes_read:,} bytes in): {cause}; orders that may be incomplete "
            "were not sent. Get a whole copy and send it again: what was sent is recognised",
        )
        self.lines = lines
        self.bytes_read = bytes_read
        self.cause = cause


class OrderFileTooLarge(OrderFileBroken):
    """More bytes came out of a packed file than its reader takes."""

    def __init__(self, path: Path, *, lines: int, bytes_read: int, limit: int) -> None:
        super().__init__(
            path, lines=lines, bytes_read=bytes_read, cause=f"it unpacks to more than {limit:,} bytes"
        )
        self.limit = limit


class CatalogueUnreadable(OrderFileError):
    """The file that maps stock codes to categories is not usable."""


class StreamError(ProducerError):
    """Sending failed; `unacknowledged` are the sequences that the stream did not take (or did not say so).

    `not_taken` is the sequence of an event that `put` did not take: it is not held for another try.
    """

    not_taken: int | None = None

    def __init__(self, message: str, *, stream: str, unacknowledged: Sequence[int]) -> None:
        super().__init__(f"stream {stream}: {message} ({len(unacknowledged):,} events not acknowledged)")
        self.stream = stream
        self.unacknowledged = tuple(unacknowledged)


class RecordTooLarge(StreamError):
    """One record is over the limit of Kinesis, or of Firehose."""

    def __init__(self, *, stream: str, sequence: int, size: int, limit: int) -> None:
        super().__init__(
            f"event {sequence} has {size:,} bytes with its partition key, over {limit:,}; split it",
            stream=stream,
            unacknowledged=(sequence,),
        )
        self.sequence = self.not_taken = sequence
        self.size = size
        self.limit = limit


class WrongPartitionKey(StreamError):
    """Kinesis takes keys of 1 to 256 characters."""

    def __init__(self, *, stream: str, sequence: int, length: int) -> None:
        super().__init__(
            f"event {sequence} has a partition key of {length} characters; give it one of 1 to 256",
            stream=stream,
            unacknowledged=(sequence,),
        )
        self.sequence = self.not_taken = sequence
        self.length = length


class StreamMissing(StreamError):
    """No stream of that name in this account and region."""

    def __init__(self, *, stream: str, unacknowledged: Sequence[int]) -> None:
        super().__init__(
            "does not exist here; check the environment, region and endpoint",
            stream=stream,
            unacknowledged=unacknowledged,
        )


class CredentialsRefused(StreamError):
    """There are no credentials, or they do not allow PutRecords; `code` is the service's word."""

    def __init__(self, *, stream: str, unacknowledged: Sequence[int], code: str) -> None:
        super().__init__(
            f"not allowed to send ({code}); check the credentials and their right to kinesis:PutRecords "
            "(with profile direct: firehose:PutRecordBatch)",
            stream=stream,
            unacknowledged=unacknowledged,
        )
        self.code = code


class StreamRefused(StreamError):
    """The service calls the request wrong; trying again would not help."""

    def __init__(self, *, stream: str, unacknowledged: Sequence[int], code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}", stream=stream, unacknowledged=unacknowledged)
        self.code = code


class StreamThrottled(StreamError):
    """Throughput was exceeded until the retry budget was spent."""

    def __init__(self, *, stream: str, unacknowledged: Sequence[int], attempts: int, seconds: float) -> None:
        super().__init__(
            f"throttled {attempts} times in a row over {seconds:.0f} s; lower the rate or add shards",
            stream=stream,
            unacknowledged=unacknowledged,
        )
        self.attempts = attempts
        self.seconds = seconds


class StreamUnavailable(StreamError):
    """No usable answer until the retry budget was spent; `cause` is the last one."""

    def __init__(
        self, *, stream: str, unacknowledged: Sequence[int], attempts: int, seconds: float, cause: str
    ) -> None:
        super().__init__(
            f"no answer in {attempts} attempts over {seconds:.0f} s ({cause}); is the endpoint up?",
            stream=stream,
            unacknowledged=unacknowledged,
        )
        self.attempts = attempts
        self.seconds = seconds
        self.cause = cause


class SendInterrupted(StreamError):
    """Told to stop, and the stream did not take everything within the grace period."""

    def __init__(self, *, stream: str, unacknowledged: Sequence[int]) -> None:
        super().__init__(
            "stopped before everything was acknowledged; send again, duplicates are recognised",
            stream=stream,
            unacknowledged=unacknowledged,
        )


class SpoolError(ProducerError):
    """The spool does not work; `directory` is the one."""

    def __init__(self, directory: Path, message: str) -> None:
        super().__init__(f"spool {directory}: {message}")
        self.directory = directory


class SpoolInUse(SpoolError):
    """Another process has the spool open."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, "another process uses it; stop that one, or name another directory")


class SpoolUnusable(SpoolError):
    """The spool cannot be opened or read."""


class SpoolUnwritable(SpoolError):
    """The disk did not take an event, or the note that it was sent."""

    def __init__(self, directory: Path, cause: str) -> None:
        super().__init__(directory, f"cannot be written ({cause}); is the disk full?")
        self.cause = cause


class WrongPlan(ProducerError):
    """What was asked for on the command line or in settings cannot be done."""


class JournalError(ProducerError):
    """A run's manifest cannot be kept or read; `key` is its place in the lake."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key


class ManifestUnwritable(JournalError):
    """The lake did not take the manifest."""


class ManifestUnreadable(JournalError):
    """The object is no manifest that this program can read."""
