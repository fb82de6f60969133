"""Makes the pipeline's resources on the embedded AWS by playing back the calls that Terraform made."""

import http.client
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import glue
from infra.local.apigateway import api_id_of
from infra.local.errors import EmbeddedAwsError
from infra.local.recording.call import Call
from infra.local.recording.store import load
from infra.local.recording.template import Substitution
from infra.packaging import (
    Artefact,
    PythonTarget,
    artefact_of,
    build_file_ingest,
    build_glue_bundle,
    build_order_api,
    build_order_ingest,
    local_python,
)
from infra.stack import Profile, Stack

_EXISTS: Final = (
    "AlreadyExists",
    "AlreadyOwnedByYou",
    "InvalidRequestException",  # Athena's, for a workgroup
    "ResourceConflictException",
    "ResourceInUseException",
)
_KEY_BYTES: Final = 32
_JOBS: Final = ("silver", "gold", "maintenance")


class PlaybackError(EmbeddedAwsError):
    """The recording does not fit what it is played into: `make record` makes it again."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}. Record Terraform's calls again: make record")


@dataclass(frozen=True, slots=True)
class PlaybackSettings:
    """What may differ from the recorded environment (infra/terraform/environments/local.tfvars).

    Seconds are whole; alarms keep the thresholds that go with the recorded `buffer_seconds`. With profile
    `direct` there are no `shards`.
    """

    profile: Profile = "stream"
    environment: str = "dev"
    shards: int = 2
    buffer_seconds: int = 5
    batch_window_seconds: int = 1
    schedule_enabled: bool = True


# Where a setting stands: service, action, path in the JSON body.
_Place = tuple[str, str, tuple[str, ...]]
_DESTINATION: Final = "ExtendedS3DestinationConfiguration"
_OF_BOTH: Final[Mapping[str, _Place]] = {
    "buffer_seconds": (
        "firehose",
        "CreateDeliveryStream",
        (_DESTINATION, "BufferingHints", "IntervalInSeconds"),
    ),
    "schedule_enabled": ("glue", "CreateTrigger", ("StartOnCreation",)),
}
_SETTINGS: Final[Mapping[Profile, Mapping[str, _Place]]] = {
    "stream": {
        **_OF_BOTH,
        "shards": ("kinesis", "CreateStream", ("ShardCount",)),
        "batch_window_seconds": ("lambda", "POST event-source-mappings", ("MaximumBatchingWindowInSeconds",)),
    },
    "direct": {
        **_OF_BOTH,
        "batch_window_seconds": (
            "firehose",
            "CreateDeliveryStream",
            (_DESTINATION, "ProcessingConfiguration", "Processors", "Parameters", "BufferIntervalInSeconds"),
        ),
    },
}


def deployables(target: PythonTarget | None = None) -> dict[str, Artefact]:
    """Everything that Terraform uploads, by the name that the recording knows it under.

    `target` is the Python that functions are built for, by default the one they run on here.
    """
    scripts = Path(glue.__file__).parent / "jobs"
    target = target or local_python().target
    return {
        "order_ingest": build_order_ingest(target),
        "file_ingest": build_file_ingest(target),
        "order_api": build_order_api(target),
        "glue_bundle": build_glue_bundle(),
        **{f"{job}_script": artefact_of(scripts / f"{job}.py") for job in _JOBS},
    }


def names(
    environment: str, account_id: str, region: str, endpoint_url: str, artefacts: Mapping[str, Artefact]
) -> dict[str, str]:
    """What differs between two environments, by the names of the recording's placeholders."""
    return {
        "endpoint_url": endpoint_url,
        "http_api_id": api_id_of(account_id, region, f"orderlake-{environment}"),
        "environment": environment,
        "account_id": account_id,
        "region": region,
        **{f"artefact.{name}.sha256": artefact.sha256 for name, artefact in artefacts.items()},
        **{f"artefact.{name}.name": artefact.name for name, artefact in artefacts.items()},
    }


def play(
    endpoint_url: str,
    artefacts: Mapping[str, Artefact],
    settings: PlaybackSettings | None = None,
    *,
    account_id: str = "123456789012",
    region: str = "us-east-1",
) -> Stack:
    """Make every resource, and give the names that Terraform wrote for programs to find.

    What a data directory brought back is there already: tables, parameters and code are brought up to date,
    the key for pseudonyms stays.

    Raises:
        PlaybackError: a call was refused, or a setting has no place in the recording.
    """
    settings = settings or PlaybackSettings()
    values = names(settings.environment, account_id, region, endpoint_url, artefacts)
    player = _Player(endpoint_url, artefacts, region)
    stack = None
    calls = list(_filled(load(settings.profile), values, settings))
    try:
        for call in calls:
            player.make(call)
            stack = _stack_of(call) or stack
    finally:
        player.close()
    if stack is None:
        raise PlaybackError("No recorded call writes the stack's parameter")
    return stack


def _filled(calls: list[Call], values: dict[str, str], settings: PlaybackSettings) -> Iterator[Call]:
    """The calls with this environment's names and settings."""
    places = _SETTINGS[settings.profile]
    unplaced = set(places)
    for recorded in calls:
        secret = secrets.token_hex(_KEY_BYTES)
        try:
            document = Substitution({**values, "secret": secret}).fill(recorded.to_document())
        except KeyError as error:
            raise PlaybackError(f"The recording asks for {error}, which is not known") from None
        call = Call.from_document(document)
        for setting, (service, action, path) in places.items():
            if (call.service, call.action) == (service, action) and _put(
                call.body["json"], path, getattr(settings, setting)
            ):
                unplaced.discard(setting)
        yield call
    if unplaced:
        raise PlaybackError(f"No recorded call has a place for {', '.join(sorted(unplaced))}")


def _put(document: Any, path: tuple[str, ...], value: object) -> bool:
    """Set what is at `path`, in each item of lists on the way; False where nothing is there."""
    if isinstance(document, list):
        return sum(_put(item, path, value) for item in document) > 0
    name, *rest = path
    if rest:
        return name in document and _put(document[name], tuple(rest), value)
    if document.get("ParameterName") == name:
        document["ParameterValue"] = str(value)
        return True
    if name not in document:
        return False
    document[name] = value
    return True


def _stack_of(call: Call) -> Stack | None:
    if call.service != "ssm" or not call.body["json"]["Name"].endswith("/stack"):
        return None
    return Stack.model_validate_json(call.body["json"]["Value"])


class _Player:
    """Makes calls over one connection, signed with nothing but service and region."""

    def __init__(self, endpoint_url: str, artefacts: Mapping[str, Artefact], region: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(endpoint_url).netloc, timeout=60)
        self._artefacts = artefacts
        self._region = region

    def close(self) -> None:
        self._connection.close()

    def make(self, call: Call) -> None:
        """Make the call, or bring up to date what was there before."""
        status, answer = self._send(call)
        if status < 300:
            return
        if not any(code in answer for code in _EXISTS):
            raise PlaybackError(f"{call.action} of {call.service} was refused: {answer[:300]}")
        update = _update(call)
        if update is not None:
            status, answer = self._send(update)
            if status >= 300:
                raise PlaybackError(f"{update.action} of {update.service} was refused: {answer[:300]}")

    def _send(self, call: Call) -> tuple[int, str]:
        scope = f"embedded/20260101/{self._region}/{call.service}/aws4_request"
        headers = {
            **call.headers,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        }
        if call.content_type:
            headers["Content-Type"] = call.content_type
        if call.target:
            headers["X-Amz-Target"] = call.target
        path = quote(call.path) + (f"?{call.query}" if call.query else "")
        self._connection.request(call.method, path, body=self._content(call), headers=headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")

    def _content(self, call: Call) -> bytes:
        if "file" in call.body:
            return self._artefacts[call.body["file"]].path.read_bytes()
        if (call.service, call.action) == ("s3", "PUT bucket") and self._region != "us-east-1":
            # S3 takes the constraint everywhere but where it was recorded.
            return (
                f"<CreateBucketConfiguration><LocationConstraint>{self._region}</LocationConstraint>"
                "</CreateBucketConfiguration>"
            ).encode()
        return call.content()


def _update(call: Call) -> Call | None:
    """What brings a resource up to date that the data directory brought back; None where it stays."""
    document = call.to_document()
    body = dict(call.body.get("json", {}))
    match (call.service, call.action):
        case ("glue", "CreateTable"):
            body = {name: body[name] for name in ("CatalogId", "DatabaseName", "TableInput")}
            return Call.from_document({**document, "target": "AWSGlue.UpdateTable", "body": {"json": body}})
        case ("ssm", "PutParameter") if body["Type"] == "String":
            body = {name: value for name, value in body.items() if name != "Tags"}
            return Call.from_document({**document, "body": {"json": {**body, "Overwrite": True}}})
        case _:
            return None
