"""An order file cut into lines."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from producer.order_files.unpacking import Unpacked

MAX_LINE_BYTES: Final = 1024 * 1024


class TextLine(NamedTuple):
    """`number` counts the file's lines from 1; `is_decoded` is False where the bytes are not in the
    encoding, or the line is longer than `MAX_LINE_BYTES` (`text` is its beginning, then)."""

    number: int
    text: str
    is_decoded: bool
    is_whole: bool


class OrderFileText:
    """The lines of one file, with a way to put lines back. Memory does not grow with the file.

    Raises, from construction and iteration: as `Unpacked` does.
    """

    def __init__(self, file: Path | Unpacked, encoding: str) -> None:
        self._file = Unpacked(file) if isinstance(file, Path) else file
        self._encoding = encoding
        self._put_back: deque[TextLine] = deque()

    @property
    def line_number(self) -> int:
        """How many lines were read."""
        return self._file.lines_read

    @property
    def bytes_read(self) -> int:
        """As `Unpacked.bytes_read`."""
        return self._file.bytes_read

    def close(self) -> None:
        self._file.close()

    def put_back(self, lines: list[TextLine]) -> None:
        """The next lines to be read, in this order."""
        self._put_back.extendleft(reversed(lines))

    def __iter__(self) -> Iterator[TextLine]:
        return self

    def __next__(self) -> TextLine:
        if self._put_back:
            return self._put_back.popleft()
        file = self._file
        line = file.readline(MAX_LINE_BYTES)
        if not line:
            raise StopIteration
        is_whole = True
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            is_whole = False
            while (rest := file.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
        file.lines_read += 1
        try:
            return TextLine(file.lines_read, line.decode(self._encoding), True, is_whole)
        except UnicodeDecodeError:
            text = line.decode(self._encoding, errors="backslashreplace")
            return TextLine(file.lines_read, text, False, is_whole)
