"""What is deployed: the Lambda zips and the Glue bundle, built reproducibly and kept by content."""

from infra.packaging.artefact import Artefact, artefact_of
from infra.packaging.cache import cached_directory
from infra.packaging.errors import PackagingError
from infra.packaging.interpreters import find_interpreter
from infra.packaging.python_shell import PythonShell, install_python_shell, prepared_python_shell
from infra.packaging.recipes import (
    build_file_ingest,
    build_glue_bundle,
    build_glue_libraries,
    build_order_api,
    build_order_ingest,
    install_lambda_runtime,
)
from infra.packaging.target import (
    DEPLOYED,
    GLUE_PYTHON_SHELL,
    LocalPython,
    PythonTarget,
    local_python,
    running_target,
)

__all__ = [
    "DEPLOYED",
    "GLUE_PYTHON_SHELL",
    "Artefact",
    "LocalPython",
    "PackagingError",
    "PythonShell",
    "PythonTarget",
    "artefact_of",
    "build_file_ingest",
    "build_glue_bundle",
    "build_glue_libraries",
    "build_order_api",
    "build_order_ingest",
    "cached_directory",
    "find_interpreter",
    "install_lambda_runtime",
    "install_python_shell",
    "local_python",
    "prepared_python_shell",
    "running_target",
]
