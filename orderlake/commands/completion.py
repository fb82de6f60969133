"""`orderlake completion`: what a shell needs to complete commands, options and names."""

import click
from click.shell_completion import get_completion_class

EPILOG = """\b
Examples:
  orderlake completion bash > ~/.local/share/bash-completion/completions/orderlake
  orderlake completion zsh > ~/.zfunc/_orderlake
  orderlake completion fish > ~/.config/fish/completions/orderlake.fish
"""


@click.command(epilog=EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell, for its own folder of completions."""
    script = get_completion_class(shell)
    assert script is not None  # noqa: S101 - one of click's own three
    click.echo(script(context.find_root().command, {}, "orderlake", "_ORDERLAKE_COMPLETE").source())
