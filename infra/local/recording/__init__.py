"""The API calls with which Terraform makes the pipeline, kept in `apply.jsonl` to be played back at start.

Terraform's definitions are the one place where a resource is defined. `python -m infra.local.recording`
applies them to an embedded AWS and writes down what was called; `infra.local.playback` calls it again, in
about a second and without Terraform. Neither file is edited by hand: `make record`.
"""

from infra.local.recording.call import Call
from infra.local.recording.store import RECORDING, load, save
from infra.local.recording.template import Substitution

__all__ = ["RECORDING", "Call", "Substitution", "load", "save"]
