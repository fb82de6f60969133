"""`python -m infra.local.recording`: records Terraform's calls again, with Terraform and its AWS provider."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from infra.local.playback import deployables, names
from infra.local.recording.call import Call
from infra.local.recording.capture import ENVIRONMENT, REGION, Recorder, terraform, without_names
from infra.local.recording.store import RECORDINGS, read_sources, save, save_sources
from infra.local.recording.template import Substitution
from infra.local.server import ACCOUNT_ID, EmbeddedAws
from infra.packaging import Artefact
from infra.stack import Profile
from infra.terraform_runner import TerraformError


def main() -> int:
    """Write the recordings and what they were made from; 1 where Terraform could not do it."""
    sources = read_sources()
    artefacts = deployables()
    for profile, path in RECORDINGS.items():
        try:
            calls = _recorded(profile, artefacts)
        except TerraformError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        save(calls, profile)
        sys.stdout.write(f"{len(calls)} calls in {path}\n")
    save_sources(sources)
    return 0


def _recorded(profile: Profile, artefacts: Mapping[str, Artefact]) -> list[Call]:
    recorder = Recorder(artefacts)
    with tempfile.TemporaryDirectory() as folder, EmbeddedAws() as aws:
        aws.hear(recorder)
        definitions = terraform(aws, Path(folder), artefacts, profile=profile)
        definitions.init()
        definitions.apply()
        substitution = Substitution(names(ENVIRONMENT, ACCOUNT_ID, REGION, aws.endpoint_url, artefacts))
        return without_names(recorder.calls(), substitution)


if __name__ == "__main__":
    sys.exit(main())
