"""Applies Terraform's definitions to an embedded AWS and writes down the calls that change something."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from infra.local.recording.call import Call
from infra.local.recording.order import in_order
from infra.local.recording.template import Substitution
from infra.local.server import ACCOUNT_ID, EmbeddedAws
from infra.local.wire_errors import Environ
from infra.packaging import Artefact
from infra.terraform_runner import DIRECTORY, Terraform

# Stands for nothing else, so that every occurrence is the environment's name.
ENVIRONMENT: Final = "zqrecording"
REGION: Final = "us-east-1"


class Recorder:
    """Hears every request that an embedded AWS answers; `calls` are those that changed something."""

    def __init__(self, artefacts: Mapping[str, Artefact]) -> None:
        self._files = {artefact.path.read_bytes(): name for name, artefact in artefacts.items()}
        names = {"environment": ENVIRONMENT, "account_id": ACCOUNT_ID, "region": REGION}
        for name, artefact in artefacts.items():
            names |= {f"artefact.{name}.sha256": artefact.sha256, f"artefact.{name}.name": artefact.name}
        self._substitution = Substitution(names)
        self._calls: list[Call] = []

    def __call__(self, environ: Environ, status: str) -> None:
        call = Call.of_request(environ, self._files)
        if call.is_change and status.startswith("2"):
            self._calls.append(call)

    def calls(self) -> list[Call]:
        """Placeholders for what differs between two runs, each call once, in a fixed order."""
        documents = [self._substitution.blank(_without_secret(call.to_document())) for call in self._calls]
        return in_order(map(Call.from_document, documents))


def terraform(aws: EmbeddedAws, folder: Path, artefacts: Mapping[str, Artefact]) -> Terraform:
    """Terraform on `aws`, as it is recorded: the local settings, an environment with a name of its own."""
    build = folder / "build"
    build.mkdir(parents=True)
    for artefact in artefacts.values():
        if artefact.path.suffix != ".py":
            shutil.copyfile(artefact.path, build / artefact.name)
    return Terraform(
        folder,
        endpoint_url=aws.endpoint_url,
        variables={"artefacts_dir": str(build), "environment": ENVIRONMENT, "region": REGION},
        variable_files=[DIRECTORY / "environments" / "local.tfvars"],
    )


def _without_secret(document: dict[str, Any]) -> dict[str, Any]:
    body = document.get("body", {}).get("json", {})
    if document["service"] == "ssm" and body.get("Type") == "SecureString":
        body = {**body, "Value": "{{secret}}"}
        return {**document, "body": {"json": body}}
    return document
