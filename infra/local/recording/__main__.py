"""`python -m infra.local.recording`: records Terraform's calls again, with Terraform and its AWS provider."""

import sys
import tempfile
from pathlib import Path

from infra.local.playback import deployables, names
from infra.local.recording.capture import ENVIRONMENT, REGION, Recorder, terraform, without_names
from infra.local.recording.store import RECORDING, read_sources, save, save_sources
from infra.local.recording.template import Substitution
from infra.local.server import ACCOUNT_ID, EmbeddedAws
from infra.terraform_runner import TerraformError


def main() -> int:
    """Write the recording and what it was made from; 1 where Terraform could not do it."""
    sources = read_sources()
    artefacts = deployables()
    recorder = Recorder(artefacts)
    with tempfile.TemporaryDirectory() as folder, EmbeddedAws() as aws:
        aws.hear(recorder)
        try:
            definitions = terraform(aws, Path(folder), artefacts)
            definitions.init()
            definitions.apply()
        except TerraformError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        substitution = Substitution(names(ENVIRONMENT, ACCOUNT_ID, REGION, artefacts))
        calls = without_names(recorder.calls(), substitution)
    save(calls)
    save_sources(sources)
    sys.stdout.write(f"{len(calls)} calls in {RECORDING}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
