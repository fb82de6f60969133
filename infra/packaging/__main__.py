"""`python -m infra.packaging --output DIR`: builds every artefact and prints name, size and SHA-256."""

import argparse
import shutil
import sys
from pathlib import Path

from infra.packaging.errors import PackagingError
from infra.packaging.recipes import build_glue_bundle, build_order_ingest
from infra.packaging.target import DEPLOYED, PythonTarget


def main(arguments: list[str] | None = None) -> int:
    """Build into a directory; 0 when done, 1 when something could not be built."""
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
        artefacts = [build_order_ingest(target), build_glue_bundle()]
        options.output.mkdir(parents=True, exist_ok=True)
        for artefact in artefacts:
            shutil.copyfile(artefact.path, options.output / artefact.name)
            sys.stdout.write(f"{artefact.name}\t{artefact.size}\t{artefact.sha256}\n")
    except (PackagingError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
