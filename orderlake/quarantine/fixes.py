"""Mends events: by a jq program, or by a Python script."""

import hashlib
import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jq  # type: ignore[import-not-found,import-untyped,unused-ignore]
import orjson

from orderlake.errors import FixUnusable


class NotMended(Exception):
    """This record is left as it is; the message says why and quotes nothing of it."""


class Fix(NamedTuple):
    """`name` tells the audit table how; `mend` takes a record's bytes and gives the mended event's.

    `mend` raises `NotMended` for a record that it leaves alone.
    """

    name: str
    mend: Callable[[bytes], bytes]


def load_fix(text: str) -> Fix:
    """Read a --fix: the name of a `.py` or `.jq` file, else a jq program.

    A script defines `fix(event)`: it gets the event as a dict, or the bytes where they are no JSON object,
    and returns a dict, or None to leave the record alone. It runs with all of the caller's rights.

    Raises:
        FixUnusable: the file is not there, defines no `fix`, or jq does not understand the program.
    """
    if text.endswith((".py", ".jq")) and not Path(text).is_file():
        raise FixUnusable(f"{text} is not there")
    if text.endswith(".py"):
        return _script(Path(text))
    return _program(Path(text).read_text(encoding="utf-8") if text.endswith(".jq") else text)


def _program(text: str) -> Fix:
    try:
        program = jq.compile(text)
    except ValueError as error:
        raise FixUnusable(f"is no jq program: {str(error).splitlines()[0]}") from error

    def mend(raw: bytes) -> bytes:
        if not isinstance(_json(raw), dict):
            raise NotMended("its bytes are no JSON object: jq cannot mend it, a script can")
        try:
            results = program.input_text(raw.decode()).all()
        except ValueError as error:
            raise NotMended("jq failed on it") from error
        if not results or results[0] is None:
            raise NotMended("the fix leaves it out")
        if len(results) > 1:
            raise NotMended("jq gave more than one value for it")
        return _encoded(results[0])

    return Fix(f"jq sha256:{_digest(text.encode())}", mend)


def _script(file: Path) -> Fix:
    source = file.read_bytes()
    try:
        function = runpy.run_path(str(file)).get("fix")
    except SyntaxError as error:
        raise FixUnusable(f"{file} is no Python: {error}") from error
    if not callable(function):
        raise FixUnusable(f"{file} defines no function fix(event)")

    def mend(raw: bytes) -> bytes:
        document = _json(raw)
        try:
            result = function(document if isinstance(document, dict) else raw)
        except Exception as error:
            raise NotMended(f"the script raised {type(error).__name__}") from error
        if result is None:
            raise NotMended("the fix leaves it out")
        return _encoded(result)

    return Fix(f"{file.name} sha256:{_digest(source)}", mend)


def _json(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _encoded(result: object) -> bytes:
    if not isinstance(result, dict):
        raise NotMended("the fix gave no object")
    try:
        return orjson.dumps(result)
    except TypeError as error:
        raise NotMended("the fix gave what JSON cannot hold") from error


def _digest(source: bytes) -> str:
    return hashlib.sha256(source).hexdigest()
