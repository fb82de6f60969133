"""What the documentation names is there, and what is there is documented."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

import sql
from infra.terraform_runner import DIRECTORY
from orderlake.cli import COMMANDS, cli
from orderlake.command_document import document
from tests.documentation.pages import PAGES, ROOT, blocks, named

SHELL_BLOCKS = [block for page in PAGES for block in blocks(page)]
CALLS = [(named(block.page), words) for block in SHELL_BLOCKS for words in block.commands()]
RECORDING = ROOT / "infra/local/recording/apply.jsonl"
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")


@pytest.mark.parametrize(
    ("page", "words"), CALLS, ids=[f"{page}: {' '.join(words)[:60]}" for page, words in CALLS]
)
def test_a_command_of_the_documentation_is_one_that_the_command_line_takes(
    page: str, words: list[str]
) -> None:
    parse(cli, "orderlake", [word for word in words if word != "&"])


def parse(command: click.Command, name: str, words: list[str]) -> None:
    """Let click read `words`; nothing is done.

    Raises:
        click.UsageError: the command, an option or a choice is not there.
    """
    if not isinstance(command, click.Group):
        command.make_context(name, [word for word in words if word not in {"-h", "--help"}]).close()
        return
    place = next((place for place, word in enumerate(words) if not word.startswith("-")), None)
    if place is None:
        assert set(words) <= {"-h", "--help", "--version"}, words
        return
    with command.make_context(name, words[: place + 1]) as context:
        child = command.get_command(context, words[place])
        assert child is not None, f"there is no command {words[place]}"
        parse(child, words[place], words[place + 1 :])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    assert re.search(rf"^\| `{name}\b", (ROOT / "README.md").read_text(), re.MULTILINE)


def test_every_command_and_option_is_described() -> None:
    assert (ROOT / "docs/commands.md").read_text() == document() + "\n", (
        "python -m orderlake.command_document > docs/commands.md"
    )


def test_every_make_target_is_explained_and_every_one_named_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    text = "\n".join(page.read_text() for page in PAGES)
    used = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    together = {
        word for words in re.findall(r"^make ([a-z -]+)$", text, re.MULTILINE) for word in words.split()
    }
    assert targets <= used | together
    assert used | together <= targets


@pytest.mark.parametrize("name", [*sql.tables(), *sql.views()])
def test_every_table_and_view_is_in_catalogue_and_architecture(name: str) -> None:
    catalogue = (ROOT / "docs/data-catalog.md").read_text()
    assert f"### {name}\n" in catalogue or f"| `{name}` |" in catalogue
    assert f"`{name}`" in (ROOT / "docs/architecture.md").read_text()


def test_every_table_that_the_architecture_names_is_there() -> None:
    tables = re.search(r"## The tables\n(.*?)\n\n", (ROOT / "docs/architecture.md").read_text(), re.DOTALL)
    assert tables is not None
    first_cells = [line.split("|")[1] for line in tables[1].splitlines()[2:]]
    assert set(re.findall(r"`(\w+)`", "".join(first_cells))) <= {*sql.tables(), *sql.views()}


def alarms() -> set[str]:
    """The alarms that Terraform applied, without what every name begins with."""
    return set(re.findall(r'"AlarmName": "orderlake-{{environment}}-([a-z-]+)"', RECORDING.read_text()))


def test_every_alarm_has_a_runbook() -> None:
    index = (ROOT / "docs/runbooks/README.md").read_text()
    assert alarms()
    assert {name for name in alarms() if f"`{name}`" not in index} == set()


def test_every_alarm_that_a_runbook_names_is_there() -> None:
    rows = (ROOT / "docs/runbooks/README.md").read_text().splitlines()
    named_ones = {
        name
        for row in rows
        for name in re.findall(r"`([a-z-]+)`", row.split("|")[1] if row.startswith("|") else "")
    }
    assert named_ones <= alarms()


def test_every_variable_of_terraform_is_described() -> None:
    texts = [file.read_text() for file in DIRECTORY.glob("*.tf")]
    names = re.findall(r'^variable "(\w+)"', "\n".join(texts), re.MULTILINE)
    text = (ROOT / "docs/terraform.md").read_text()
    assert [name for name in names if f"`{name}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_links_to_what_is_there(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        path, _, anchor = target.partition("#")
        other = (page.parent / path).resolve() if path else page
        assert other.exists(), target
        if anchor and other.suffix == ".md":
            assert anchor in anchors(other), target


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and Sphinx make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_message_of_troubleshooting_is_one_that_the_code_says() -> None:
    code = "\n".join(
        file.read_text()
        for folder in ("orderlake", "producer", "infra")
        for file in (ROOT / folder).rglob("*.py")
    )
    table = (ROOT / "docs/troubleshooting.md").read_text().split("## Messages")[1].split("\n## ")[0]
    cells = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    messages = [message for cell in cells for message in re.findall(r"`([^`]+)`", cell)]
    parts = [part.strip() for message in messages for part in message.split("…") if part.strip()]
    assert messages
    assert [part for part in parts if part not in code] == []


def test_something_is_run() -> None:
    assert {named(block.page) for block in SHELL_BLOCKS if block.runs} >= {
        "README.md",
        "docs/setup.md",
        "docs/tour.md",
    }


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-q",
            "-W",
            "--keep-going",
            "-b",
            "html",
            str(ROOT / "docs"),
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
