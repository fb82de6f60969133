"""The tables and questions of the lake: one folder per table, SQL in Athena's dialect.

Texts are read through `importlib.resources`, so that they are found in a wheel and in a zip too.
`sql/duckdb/` and `sql/spark/` hold what only these read: the decoding of JSON and the steps of their engines.
Runs on Python 3.9 too.
"""

from functools import cache
from importlib.resources import files

_ROOT = files("sql")


@cache
def text(path: str) -> str:
    """The text of one file, by its path within this package, with slashes.

    Raises:
        FileNotFoundError: there is no such file.
    """
    resource = _ROOT
    for part in path.split("/"):
        resource = resource.joinpath(part)
    if not resource.is_file():
        raise FileNotFoundError(f"sql/{path} is not there; see the folders of sql/ for the names")
    return resource.read_text(encoding="utf-8")


def schema(table: str) -> str:
    """The contract of a table, YAML."""
    return text(f"{table}/schema.yaml")


def query(table: str) -> str:
    """The query that makes a table's rows, in Athena's dialect."""
    return text(f"{table}/query.sql")


def checks(table: str) -> str:
    """The checks of a table's rows, or an empty text where it has none."""
    path = f"{table}/checks.sql"
    return text(path) if _ROOT.joinpath(table).joinpath("checks.sql").is_file() else ""


def view(name: str) -> str:
    """The statement that creates a view, in Athena's dialect."""
    return text(f"{name}/view.sql")


def questions() -> dict[str, str]:
    """The questions of `analytics/` by name, each one statement in Athena's dialect."""
    return {name: text(f"analytics/{name}.sql") for name in names("analytics")}


def names(folder: str) -> tuple[str, ...]:
    """The statements of a folder, without `.sql`, sorted."""
    entries = (entry.name for entry in _ROOT.joinpath(folder).iterdir())
    return tuple(sorted(name[: -len(".sql")] for name in entries if name.endswith(".sql")))


def duckdb(step: str) -> str:
    """One step of the DuckDB engine, in DuckDB's dialect."""
    return text(f"duckdb/{step}.sql")


def spark(step: str) -> str:
    """One step of the Spark engine, in Spark's dialect."""
    return text(f"spark/{step}.sql")


def tables() -> tuple[str, ...]:
    """The names of all tables, sorted."""
    return _folders_with("schema.yaml")


def views() -> tuple[str, ...]:
    """The names of all views, sorted."""
    return _folders_with("view.sql")


def _folders_with(name: str) -> tuple[str, ...]:
    folders = (entry for entry in _ROOT.iterdir() if entry.is_dir())
    return tuple(sorted(folder.name for folder in folders if folder.joinpath(name).is_file()))
