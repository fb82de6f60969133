"""Applies Terraform's definitions to an embedded AWS and writes down the calls that change something."""

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from infra.local.apigateway import AUDIENCE, ISSUER_PATH
from infra.local.recording.call import Call
from infra.local.recording.order import in_order
from infra.local.recording.part_uploads import PartUploads
from infra.local.recording.template import Substitution
from infra.local.server import EmbeddedAws
from infra.local.wire_errors import Environ
from infra.packaging import Artefact
from infra.stack import Profile
from infra.terraform_runner import DIRECTORY, Terraform

# Stands for nothing else, so that every occurrence is the environment's name.
ENVIRONMENT: Final = "zqrecording"
REGION: Final = "us-east-1"


class Recorder:
    """Hears every request that an embedded AWS answers, and keeps those that changed something."""

    def __init__(self, artefacts: Mapping[str, Artefact]) -> None:
        self._files = {artefact.path.read_bytes(): name for name, artefact in artefacts.items()}
        self._uploads = PartUploads()
        self._calls: list[Call] = []

    def __call__(self, environ: Environ, status: str) -> None:
        whole = self._uploads.whole(environ) if status.startswith("2") else None
        if whole is None:
            return
        call = Call.of_request(whole, self._files)
        if call.is_change:
            self._calls.append(call)

    def calls(self) -> list[Call]:
        """Each call once and in a fixed order, the key for pseudonyms left out."""
        return in_order(Call.from_document(_without_secret(call.to_document())) for call in self._calls)


def without_names(calls: Iterable[Call], substitution: Substitution) -> list[Call]:
    """The calls with placeholders for what differs between two environments."""
    return in_order(Call.from_document(substitution.blank(call.to_document())) for call in calls)


def terraform(
    aws: EmbeddedAws,
    folder: Path,
    artefacts: Mapping[str, Artefact],
    environment: str = ENVIRONMENT,
    profile: Profile = "stream",
) -> Terraform:
    """Terraform on `aws` with the local settings, as it is recorded."""
    build = folder / "build"
    build.mkdir(parents=True)
    for artefact in artefacts.values():
        if artefact.path.suffix != ".py":
            shutil.copyfile(artefact.path, build / artefact.name)
    return Terraform(
        folder,
        endpoint_url=aws.endpoint_url,
        variables={
            "artefacts_dir": str(build),
            "environment": environment,
            "profile": profile,
            "region": REGION,
            "http_api": json.dumps(
                {
                    "authorisation": "jwt",
                    "issuer": f"{aws.endpoint_url}{ISSUER_PATH}",
                    "audience": [AUDIENCE],
                }
            ),
        },
        variable_files=[DIRECTORY / "environments" / "local.tfvars"],
    )


def _without_secret(document: dict[str, Any]) -> dict[str, Any]:
    body = document.get("body", {}).get("json", {})
    if document["service"] == "ssm" and body.get("Type") == "SecureString":
        body = {**body, "Value": "{{secret}}"}
        return {**document, "body": {"json": body}}
    return document
