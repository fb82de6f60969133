"""The documentation as tests read it: pages, fenced blocks, commands."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
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
_BETWEEN = ";&|<>"


@dataclass(frozen=True)
class Block:
    """A fenced block; `runs` where the documentation's test runs it."""

    page: Path
    language: str
    text: str
    runs: bool

    def commands(self) -> Iterator[list[str]]:
        """The calls of `orderlake` in it, as arguments."""
        return calls(self.text, "orderlake")


def blocks(page: Path) -> Iterator[Block]:
    """The shell blocks of a page."""
    for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        if match["language"] in _SHELL:
            yield Block(page, match["language"], match["text"], bool(match["run"]))


def named(page: Path) -> str:
    """A page's place, for people."""
    return page.relative_to(ROOT).as_posix()


def calls(text: str, program: str) -> Iterator[list[str]]:
    """The calls of a program in shell text, as arguments."""
    for line in _whole_lines(text.replace("\\\n", " ")):
        for between, group in groupby(_words(line), key=lambda word: word.strip(_BETWEEN) == ""):
            words = [] if between else list(group)
            while words and re.match(r"\w+=|do$", words[0]):
                words.pop(0)
            if words and words[0].rpartition("/")[2] == program:
                yield words[1:]


def _whole_lines(text: str) -> Iterator[str]:
    """Lines, joined where a quotation goes on."""
    whole = ""
    for line in text.splitlines():
        whole += line
        try:
            shlex.split(whole, comments=True)
        except ValueError:
            whole += "\n"
            continue
        yield whole
        whole = ""


def _words(line: str) -> list[str]:
    """The words of a line and what stands between commands, without comments and quotation marks."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=_BETWEEN)
    lexer.whitespace_split = True
    return list(lexer)
