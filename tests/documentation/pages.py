"""The documentation as tests read it: pages, fenced blocks, commands."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("docs/runbooks/*.md"),
        *ROOT.glob("docs/adr/*.md"),
    ]
)
_BLOCK = re.compile(
    r"(?P<run><!-- run -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL
)
_SHELL = {"", "sh", "bash"}


@dataclass(frozen=True)
class Block:
    """A fenced block; `runs` where the documentation's test runs it."""

    page: Path
    language: str
    text: str
    runs: bool

    def commands(self) -> Iterator[list[str]]:
        """The calls of `orderlake` in it, as arguments."""
        for line in self.text.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|;|\|(?!\|)", _outside_quotes(line)):
                words = shlex.split(_inside_again(part), comments=True)
                while words and "=" in words[0]:
                    words.pop(0)
                if words and words[0].rpartition("/")[2] == "orderlake":
                    yield words[1:]


def blocks(page: Path) -> Iterator[Block]:
    """The shell blocks of a page."""
    for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        if match["language"] in _SHELL:
            yield Block(page, match["language"], match["text"], bool(match["run"]))


def named(page: Path) -> str:
    """A page's place, for people."""
    return page.relative_to(ROOT).as_posix()


def _outside_quotes(line: str) -> str:
    """The line with what separates commands hidden where it is quoted."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", lambda quoted: quoted[0].translate(_HIDDEN), line)


def _inside_again(part: str) -> str:
    return part.translate(_SHOWN)


_HIDDEN = {ord("|"): "\ue000", ord(";"): "\ue001", ord("&"): "\ue002"}
_SHOWN = {ord(hidden): chr(shown) for shown, hidden in _HIDDEN.items()}
