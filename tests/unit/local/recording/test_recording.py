"""The recording of Terraform's calls: up to date, free of what differs between two runs."""

import io
import json
import re
from typing import Any

import pytest

from infra.local.playback import PlaybackSettings
from infra.local.recording import RECORDINGS, Call, load
from infra.local.recording.order import UnplacedCall, in_order
from infra.local.recording.part_uploads import PartUploads
from infra.local.recording.store import changed_sources
from infra.stack import Profile

of_both_profiles = pytest.mark.parametrize("profile", RECORDINGS)


def test_it_was_made_from_the_definitions_as_they_are() -> None:
    changed = changed_sources()
    assert not changed, (
        f"{', '.join(changed)} changed since Terraform's calls were recorded: run `make record` "
        "(needs Terraform) and commit infra/local/recording"
    )


@of_both_profiles
def test_it_holds_no_account_host_id_or_time_of_the_run_that_made_it(profile: Profile) -> None:
    text = RECORDINGS[profile].read_text()
    assert not re.findall(r"123456789012|us-east-1|127\.0\.0\.1|zqrecording", text)
    assert not re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}|[0-9a-f]{40,}|[0-9]{8}T[0-9]{6}Z", text)


def test_an_upload_in_parts_is_recorded_as_one() -> None:
    def request(method: str, query: str, content: bytes = b"") -> Any:
        body = io.BytesIO(content)
        return {"REQUEST_METHOD": method, "PATH_INFO": "/b/k", "QUERY_STRING": query, "wsgi.input": body}

    uploads = PartUploads()
    assert uploads.whole(request("POST", "uploads=")) is None
    assert uploads.whole(request("PUT", "partNumber=2&uploadId=u", b"second")) is None
    assert uploads.whole(request("PUT", "partNumber=1&uploadId=u", b"first ")) is None
    whole: Any = uploads.whole(request("POST", "uploadId=u", b"<CompleteMultipartUpload/>"))
    assert (whole["REQUEST_METHOD"], whole["QUERY_STRING"]) == ("PUT", "")
    assert whole["wsgi.input"].getvalue() == b"first second"
    assert uploads.whole(other := request("PUT", "tagging")) is other


@of_both_profiles
def test_the_key_for_pseudonyms_is_not_in_it(profile: Profile) -> None:
    (parameter,) = [
        call.body["json"]
        for call in load(profile)
        if call.action == "PutParameter" and call.body["json"]["Type"] == "SecureString"
    ]
    assert parameter["Value"] == "{{secret}}"


@of_both_profiles
def test_it_holds_every_call_once_and_in_order(profile: Profile) -> None:
    calls = load(profile)
    assert in_order(reversed(calls)) == calls


@of_both_profiles
def test_it_holds_changes_only(profile: Profile) -> None:
    assert all(call.is_change for call in load(profile))


def test_without_a_stream_nothing_of_one_is_left() -> None:
    services = {call.service for call in load("direct")}
    assert "kinesis" not in services
    alarms = {call.body["form"]["AlarmName"] for call in load("direct") if call.action == "PutMetricAlarm"}
    assert not any(name.endswith(("-lag", "-stream-throttled")) for name in alarms)


def test_its_settings_are_those_that_playback_has_by_default() -> None:
    settings = PlaybackSettings()
    by_action = {call.action: call.body.get("json", {}) for call in load()}
    assert by_action["CreateStream"]["ShardCount"] == settings.shards
    hints = by_action["CreateDeliveryStream"]["ExtendedS3DestinationConfiguration"]["BufferingHints"]
    assert hints["IntervalInSeconds"] == settings.buffer_seconds
    window = by_action["POST event-source-mappings"]["MaximumBatchingWindowInSeconds"]
    assert window == settings.batch_window_seconds
    assert by_action["CreateTrigger"]["StartOnCreation"] == settings.schedule_enabled


def test_a_call_without_a_place_in_the_order_says_what_to_add() -> None:
    call = Call("sqs", "POST", "/", target="AmazonSQS.CreateQueue")
    with pytest.raises(UnplacedCall, match=re.escape('("sqs", "CreateQueue")')):
        in_order([call])


def test_a_call_survives_being_written_and_read() -> None:
    for call in load():
        assert Call.from_document(json.loads(json.dumps(call.to_document()))) == call
