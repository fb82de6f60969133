"""The jobs and questions that the DAGs take by name are there. Airflow itself is not needed."""

import ast

import sql
from infra.terraform_runner import DIRECTORY

FILE = DIRECTORY.parent / "airflow/dags/orderlake_dags.py"
TREE = ast.parse(FILE.read_text(encoding="utf-8"))


def calls(function: str) -> list[ast.Call]:
    found = [node for node in ast.walk(TREE) if isinstance(node, ast.Call)]
    return [call for call in found if isinstance(call.func, ast.Name) and call.func.id == function]


def texts(nodes: list[ast.expr]) -> set[object]:
    return {node.value for node in nodes if isinstance(node, ast.Constant)}


def test_every_job_is_one_of_the_stack() -> None:
    named = texts([call.args[0] for call in calls("job")])
    scripts = {path.stem for path in (DIRECTORY.parents[1] / "glue/jobs").glob("*.py")}
    assert named == {"silver", "gold", "maintenance"} <= scripts


def test_every_question_is_one_of_the_workgroup() -> None:
    keywords = [keyword for call in calls("NothingFound") for keyword in call.keywords]
    asked = texts([keyword.value for keyword in keywords if keyword.arg == "question"])
    assert asked == {"failed_checks", "ledger_differences"} <= set(sql.questions())


def test_nothing_of_ours_is_imported() -> None:
    imported = {
        node.module.split(".")[0]
        for node in ast.walk(TREE)
        if isinstance(node, ast.ImportFrom) and node.module
    }
    imported |= {
        alias.name for node in ast.walk(TREE) if isinstance(node, ast.Import) for alias in node.names
    }
    assert imported == {"__future__", "airflow", "datetime", "json", "typing"}
