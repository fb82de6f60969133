"""The API calls with which Terraform makes the pipeline, kept to be played back at start.

Terraform's definitions are the one place where a resource is defined. `python -m infra.local.recording`
applies them to an embedded AWS, once for each profile, and writes down what was called (`apply.jsonl`,
`apply_direct.jsonl`); `infra.local.playback` calls it again, in about a second and without Terraform. No file
is edited by hand: `make record`.
"""

from infra.local.recording.call import Call
from infra.local.recording.store import RECORDINGS, load, save
from infra.local.recording.template import Substitution

__all__ = ["RECORDINGS", "Call", "Substitution", "load", "save"]
