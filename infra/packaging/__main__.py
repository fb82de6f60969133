"""`python -m infra.packaging --output DIR`: builds every artefact and prints name, size and SHA-256."""

import argparse
import shutil
import sys
from pathlib import Path
from typing import Final

from infra.packaging.cold_start import import_seconds
from infra.packaging.errors import FunctionTooLargeError, PackagingError
from infra.packaging.recipes import (
    ORDER_API_MODULE,
    ORDER_INGEST_MODULE,
    build_file_ingest,
    build_glue_bundle,
    build_glue_libraries,
    build_order_api,
    build_order_ingest,
)
from infra.packaging.target import DEPLOYED, PythonTarget

MAX_FUNCTION_BYTES: Final = 6_000_000
"""What the zip of a function whose start somebody waits for may weigh: it is fetched at every cold start."""
MAX_FILE_FUNCTION_BYTES: Final = 10_000_000
"""And of the one that takes in files, which start it seldom and keep it long."""


def main(arguments: list[str] | None = None) -> int:
    """Build into a directory; 0 when done, 1 when something could not be built or is too large."""
    parser = argparse.ArgumentParser(prog="python -m infra.packaging", description=__doc__)
    parser.add_argument("--output", type=Path, required=True, help="directory for the artefacts")
    parser.add_argument("--python", default=DEPLOYED.python, help="version, default %(default)s")
    parser.add_argument(
        "--platform",
        action="append",
        help=f"wheel platform tag, may be repeated; default {' '.join(DEPLOYED.platforms)}",
    )
    options = parser.parse_args(arguments)
    target = PythonTarget(options.python, tuple(options.platform or DEPLOYED.platforms))
    try:
        ingest, api, files = (
            build(target) for build in (build_order_ingest, build_order_api, build_file_ingest)
        )
        functions = {ingest: MAX_FUNCTION_BYTES, api: MAX_FUNCTION_BYTES, files: MAX_FILE_FUNCTION_BYTES}
        artefacts = [*functions, build_glue_bundle(), build_glue_libraries()]
        options.output.mkdir(parents=True, exist_ok=True)
        for artefact in artefacts:
            shutil.copyfile(artefact.path, options.output / artefact.name)
            sys.stdout.write(f"{artefact.name}\t{artefact.size}\t{artefact.sha256}\n")
        for function, module in ((ingest, ORDER_INGEST_MODULE), (api, ORDER_API_MODULE)):
            sys.stderr.write(f"{function.name}: {_cold_import(import_seconds(function, module))}\n")
        for function, limit in functions.items():
            if function.size > limit:
                raise FunctionTooLargeError(function.name, function.size, limit)
    except (PackagingError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _cold_import(seconds: float | None) -> str:
    if seconds is None:
        return "no interpreter of its version is here, so it is not compiled, and its import was not timed"
    return f"imported in {seconds * 1000:.0f} ms of a processor, by a fresh interpreter (median of five)"


if __name__ == "__main__":
    sys.exit(main())
