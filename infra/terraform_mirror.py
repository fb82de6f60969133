"""Finds the AWS provider on this machine, for Terraform without a network.

`python -m infra.terraform_mirror > ~/.terraformrc` lets plain `terraform init` use what was found.
"""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

_PROVIDER: Final = "hashicorp/aws"
_PROVIDER_FILE: Final = "terraform-provider-aws*"
_SEARCH_DEPTH: Final = 9


@cache
def provider_mirror() -> Path | None:
    """Root of a filesystem mirror that holds the AWS provider, wherever it is on this machine's own disk."""
    find = shutil.which("find")
    if find is None:
        return None
    command = [find, "/", "-xdev", "-maxdepth", str(_SEARCH_DEPTH), "-name", _PROVIDER_FILE, "-type", "f"]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return next((root for file in sorted(found) if (root := mirror_root(Path(file))) is not None), None)


def mirror_root(file: Path) -> Path | None:
    """The mirror that a provider's file belongs to: ROOT/HOST/NAMESPACE/aws/VERSION/PLATFORM/file.

    A packed mirror has no folder per version and platform: ROOT/HOST/NAMESPACE/aws/file.zip.
    """
    type_folder = file.parents[0 if file.suffix == ".zip" else 2] if len(file.parents) > 5 else None
    return type_folder.parents[2] if type_folder is not None and type_folder.name == "aws" else None


def cli_configuration(mirror: Path) -> str:
    """A Terraform CLI configuration that takes the AWS provider from `mirror` and all others as usual."""
    return (
        "provider_installation {\n"
        f'  filesystem_mirror {{\n    path    = "{mirror}"\n    include = ["{_PROVIDER}"]\n  }}\n'
        f'  direct {{\n    exclude = ["{_PROVIDER}"]\n  }}\n'
        "}\n"
    )


def main() -> int:
    """Print the configuration; 1 where no mirror was found."""
    mirror = provider_mirror()
    if mirror is None:
        sys.stderr.write("no AWS provider on this machine: `terraform init` will fetch it\n")
        return 1
    sys.stdout.write(cli_configuration(mirror))
    return 0


if __name__ == "__main__":
    sys.exit(main())
