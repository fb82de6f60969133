"""What a command says beside its results: on stderr, and not with --quiet. Problems are always said."""

from typing import Final

import click
from rich.console import Console

_QUIET: Final = "orderlake.quiet"


def keep_quiet(context: click.Context) -> None:
    """Say nothing more, in this call of the command line."""
    context.meta[_QUIET] = True


def note(text: str) -> None:
    """One line."""
    console().out(text, highlight=False)


def console() -> Console:
    """For progress and coloured notes; without a terminal it has neither."""
    context = click.get_current_context(silent=True)
    return Console(stderr=True, quiet=context is not None and context.meta.get(_QUIET, False))
