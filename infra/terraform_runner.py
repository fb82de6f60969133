"""Runs Terraform on our definitions, against AWS or the embedded one, with its own files out of the way."""

import copy
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from infra.terraform_mirror import cli_configuration, provider_mirror

DIRECTORY: Final = Path(__file__).parent / "terraform"

_COLOURED: Final = ("init", "validate", "plan", "apply", "destroy")
# The embedded AWS takes any credentials; a second attempt is enough where nothing is far away.
_LOCAL_CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "2",
}


class TerraformError(Exception):
    """Terraform could not do what was asked.

    TerraformError
    ├── TerraformMissing     no `terraform` on the path
    ├── ProviderMissing      the AWS provider is neither here nor to be had
    └── CommandFailed        Terraform said no: `command`, `output`
    """


class TerraformMissing(TerraformError):
    """There is no `terraform` on the path."""

    def __init__(self) -> None:
        super().__init__("terraform is not on the PATH: install Terraform 1.11 or later")


class ProviderMissing(TerraformError):
    """The AWS provider is not on this machine and could not be fetched."""

    def __init__(self, output: str) -> None:
        super().__init__(
            "the AWS provider is not on this machine and could not be fetched: "
            f"connect to the network, or put a filesystem mirror in place.\n{output}"
        )
        self.output = output


class CommandFailed(TerraformError):
    """A command ended with an error; `output` is what it wrote."""

    def __init__(self, command: str, output: str) -> None:
        super().__init__(f"terraform {command} failed:\n{output}")
        self.command = command
        self.output = output


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that a plan would touch, which of its attributes, and what is known of them afterwards."""

    address: str
    actions: tuple[str, ...]
    attributes: frozenset[str]
    values: Mapping[str, Any]


class Terraform:
    """One Terraform working folder and one state; `init` comes before anything else.

    The state and Terraform's own files live in `work_dir`. With an `endpoint_url` everything goes there,
    with credentials that open nothing; without one the surroundings decide, as on the command line.
    """

    def __init__(
        self,
        work_dir: Path,
        directory: Path = DIRECTORY,
        *,
        endpoint_url: str | None = None,
        variables: Mapping[str, str] | None = None,
        variable_files: Sequence[Path] = (),
    ) -> None:
        executable = shutil.which("terraform")
        if executable is None:
            raise TerraformMissing
        self._executable = executable
        self._directory = directory
        self._work_dir = work_dir.resolve()
        self._state = self._work_dir / "terraform.tfstate"
        self._environment = _environment(self._work_dir, endpoint_url)
        self._variables = [
            *(f"-var-file={path.resolve()}" for path in variable_files),
            *_assignments(variables or {}),
        ]

    def with_variables(self, **variables: str) -> Self:
        """The same folder and state with further variables, which win over those that were given before."""
        other = copy.copy(self)
        other._variables = [*self._variables, *_assignments(variables)]
        return other

    def init(self) -> None:
        """Load the provider and the modules.

        Raises:
            ProviderMissing: it is neither on this machine nor to be had.
        """
        try:
            self._run("init", "-input=false", "-reconfigure", f"-backend-config=path={self._state}")
        except CommandFailed as error:
            if "provider" in error.output.lower():
                raise ProviderMissing(error.output) from error
            raise

    def unformatted(self) -> list[str]:
        """Files that `terraform fmt` would change."""
        return self._run("fmt", "-check", "-recursive", "-list=true", accept=(0, 3)).split()

    def validate(self) -> None:
        """Check the definitions without any call to AWS."""
        self._run("validate")

    def plan(self) -> list[Change]:
        """What `apply` would do now."""
        file = self._work_dir / "plan"
        self._run("plan", "-input=false", f"-out={file}", *self._variables)
        document = json.loads(self._run("show", "-json", str(file)))
        return [
            change
            for resource in document.get("resource_changes", [])
            if (change := change_of(resource)).actions not in (("no-op",), ("read",))
        ]

    def apply(self) -> None:
        """Make what is defined."""
        self._run("apply", "-input=false", "-auto-approve", *self._variables)

    def destroy(self) -> None:
        """Remove what was made."""
        self._run("destroy", "-input=false", "-auto-approve", *self._variables)

    def outputs(self) -> dict[str, Any]:
        """The outputs of the last `apply`, by name."""
        document = json.loads(self._run("output", "-json"))
        return {name: output["value"] for name, output in document.items()}

    def resources(self) -> list[str]:
        """Addresses of what the state holds, data sources left out."""
        if not self._state.exists():
            return []
        addresses = self._run("state", "list").split()
        return [address for address in addresses if "data." not in address]

    def state(self) -> str:
        """The state as text, as Terraform keeps it."""
        return self._state.read_text()

    def _run(self, *arguments: str, accept: Sequence[int] = (0,)) -> str:
        done = subprocess.run(
            [self._executable, *arguments],
            cwd=self._directory,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in accept:
            raise CommandFailed(arguments[0], (done.stderr or done.stdout).strip())
        return done.stdout


def _assignments(variables: Mapping[str, str]) -> list[str]:
    return [f"-var={name}={value}" for name, value in variables.items()]


def _environment(work_dir: Path, endpoint_url: str | None) -> dict[str, str]:
    environment = {
        **os.environ,
        "CHECKPOINT_DISABLE": "1",
        **{f"TF_CLI_ARGS_{command}": "-no-color" for command in _COLOURED},
        "TF_DATA_DIR": str(work_dir / "data"),
        "TF_IN_AUTOMATION": "1",
    }
    configuration = environment.pop("TF_CLI_CONFIG_FILE", None)
    if configuration and Path(configuration).is_file():
        environment["TF_CLI_CONFIG_FILE"] = configuration
    elif (mirror := provider_mirror()) is not None:
        file = work_dir / "terraform.rc"
        file.write_text(cli_configuration(mirror))
        environment["TF_CLI_CONFIG_FILE"] = str(file)
    if endpoint_url is not None:
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
            environment.pop(name, None)
        environment |= {**_LOCAL_CREDENTIALS, "AWS_ENDPOINT_URL": endpoint_url}
    return environment


def change_of(resource: Mapping[str, Any]) -> Change:
    """Read one entry of `resource_changes` in Terraform's plan document."""
    change = resource["change"]
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    touched = {
        name
        for name in {*before, *after, *unknown}
        if unknown.get(name) is True or before.get(name) != after.get(name)
    }
    return Change(resource["address"], tuple(change["actions"]), frozenset(touched), after)
