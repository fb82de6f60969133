"""The definitions applied to an embedded AWS in one profile, used, and held against what was recorded."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import boto3
import pytest

from infra.iam_document import UNUSED
from infra.iam_policies import Statement, allows
from infra.local.apigateway import ISSUER_PATH
from infra.local.playback import deployables, names
from infra.local.recording import Call, Substitution, load
from infra.local.recording.capture import Recorder, terraform
from infra.local.recording.order import in_order
from infra.local.role_calls import RoleCall
from infra.local.server import ACCOUNT_ID, EmbeddedAws
from infra.packaging import Artefact
from infra.stack import Profile
from infra.terraform_runner import ProviderMissing, Terraform, TerraformMissing
from orderlake.aws import connect
from tests.embedded_pipeline import Pipeline
from tests.integration.role_requests import RoleRequests
from tests.integration.stack_description import describe
from tests.pipeline import test_real_orders as real_orders
from tests.shared_data import TOTALS
from tests.unit.stream_processors.samples import encoded, order_paid

Outcome = TypeVar("Outcome")

# Differences that a second plan shows, with their reasons. An entry that no plan shows fails the test.
ALLOWED_DRIFT: dict[tuple[str, str], str] = {}


@dataclass(frozen=True)
class Applied:
    """The environment as it was when it was made; what was asked and noted since grows."""

    terraform: Terraform
    endpoint_url: str
    artefacts: Mapping[str, Artefact]
    build: Path
    state: str
    calls: list[Call]
    description: dict[str, Any]
    requests: RoleRequests
    noted: set[RoleCall]

    def client(self, service: str) -> Any:
        create: Any = boto3.Session("local", "local", region_name="us-east-1").client
        return create(service, endpoint_url=self.endpoint_url)

    def recorded(self, profile: Profile) -> list[Call]:
        """The calls that `orderlake up` would make for this environment."""
        values = {
            **names("dev", ACCOUNT_ID, "us-east-1", self.endpoint_url, self.artefacts),
            "secret": "{{secret}}",
        }
        substitution = Substitution(values)
        return in_order(Call.from_document(substitution.fill(call.to_document())) for call in load(profile))

    def drift(self) -> set[tuple[str, str]]:
        """What a second plan would change: addresses with attributes, or with actions."""
        changes = timed("second plan", self.terraform.plan)
        drift = {
            (change.address, attribute)
            for change in changes
            for attribute in (change.attributes if change.actions == ("update",) else change.actions)
        }
        report(f"drift: {sorted(drift) or 'none'}")
        return drift

    def statements(self) -> dict[str, list[Statement]]:
        """What the roles' policies say, by the role's ARN, as they are applied."""
        iam = self.client("iam")
        found: dict[str, list[Statement]] = {}
        for role in iam.list_roles()["Roles"]:
            name = role["RoleName"]
            policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
            documents = [
                iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in policies
            ]
            found[role["Arn"]] = [one for document in documents for one in Statement.read(name, document)]
        return found


def applied_environment(
    aws: EmbeddedAws, folder: Path, profile: Profile, artefacts: Mapping[str, Artefact] | None = None
) -> Applied:
    """Apply the definitions; skips where Terraform or its provider cannot be had."""
    artefacts = artefacts or deployables()
    recorder, requests = Recorder(artefacts), RoleRequests(ACCOUNT_ID)
    noted: set[RoleCall] = set()
    try:
        definitions = terraform(aws, folder, artefacts, "dev", profile)
        timed("init", definitions.init)
    except (TerraformMissing, ProviderMissing) as error:
        pytest.skip(str(error))
    end_recording = aws.hear(recorder)
    aws.hear(requests)
    aws.role_calls.listeners.append(noted.add)
    timed("apply", definitions.apply)
    end_recording()
    report(f"{len(definitions.resources())} resources")
    return Applied(
        definitions,
        aws.endpoint_url,
        artefacts,
        folder / "build",
        definitions.state(),
        recorder.calls(),
        describe(aws.endpoint_url),
        requests,
        noted,
    )


@contextmanager
def used(applied: Applied, *send: str) -> Iterator[Pipeline]:
    """The applied environment, after what the command `send` sent went through it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("AWS_ACCESS_KEY_ID", "embedded"), ("AWS_SECRET_ACCESS_KEY", "embedded")):
            patch.setenv(name, value)
        for name in ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION"):
            patch.delenv(name, raising=False)
        # The schedule's own run could come between.
        applied.client("glue").stop_trigger(Name="orderlake-dev-silver-schedule")
        running = Pipeline(connect(applied.endpoint_url, "us-east-1", "dev"), applied.endpoint_url)
        timed(f"run: {send[0]}", lambda: running.orderlake(*send))
        timed("run: bronze balances", lambda: running.audit("bronze", wait=300))
        timed("run: jobs", running.run_jobs)
        timed("run: gold balances", lambda: running.audit("gold"))
        yield running


def post_over_http(pipeline: Pipeline) -> None:
    """One event by the HTTP API, which the embedded AWS lets in with a token of its own issuer."""
    url = pipeline.aws.stack.http_api_url
    assert url is not None
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
        connection.request("POST", f"{ISSUER_PATH}/token", b"")
        token = json.loads(connection.getresponse().read())["access_token"]
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        connection.request("POST", f"{urlsplit(url).path}/v1/events", encoded(order_paid()), headers)
        assert connection.getresponse().status == 202


def check_the_shared_file(pipeline: Pipeline) -> None:
    """Every control total of the shared file."""
    totals = {
        name.split("(")[0].split("[")[0]: value for name, value in json.loads(TOTALS.read_text()).items()
    }
    real_orders.test_the_sums_of_the_whole_file_are_exact(pipeline, totals)
    real_orders.test_every_line_is_a_line_a_movement_or_in_quarantine(pipeline, totals)
    real_orders.test_every_month_is_exact(pipeline, totals)
    real_orders.test_the_best_products_are_the_control_totals(pipeline, totals)
    real_orders.test_the_best_customers_are_the_control_totals(pipeline, totals)


def land_a_line(pipeline: Pipeline, folder: Path) -> None:
    """Drop a file of one rejected line, which changes no total."""
    file = folder / "rejected.ndjson"
    file.write_text("no event\n")
    timed("run: land", lambda: pipeline.orderlake("land", str(file), "--wait", "60"))


def check_policies_suffice(applied: Applied) -> None:
    """Every role made calls, and none that its policies do not allow."""
    statements = applied.statements()
    made = applied.noted | applied.requests.calls(list(statements))
    assert {role.rpartition("/")[2] for role, _, _ in made} == {
        role.rpartition("/")[2] for role in statements
    }
    outside = [call for call in made if not allows(statements[call.role_arn], call.action, call.resource)]
    report(f"{len(made)} different calls by {len(statements)} roles, {len(outside)} outside their policies")
    assert not outside, sorted(outside)


def check_unused_permissions_are_explained(applied: Applied) -> None:
    """What the policies grant and no call used is explained in docs/iam.md, and nothing else is."""
    statements = applied.statements()
    made = applied.noted | applied.requests.calls(list(statements))
    granted = {
        (statement.role.removeprefix("orderlake-dev-"), statement.sid, action): any(
            call.role_arn == role_arn and call.action == action and statement.covers(action, call.resource)
            for call in made
        )
        for role_arn, of_role in statements.items()
        for statement in of_role
        for action in statement.actions
    }
    unused = {permission for permission, is_used in granted.items() if not is_used}
    report(f"{len(unused)} permissions unused, all explained in docs/iam.md")
    explained = UNUSED.keys() & granted.keys()
    assert unused == explained, sorted(unused ^ explained)


def timed(what: str, step: Callable[[], Outcome]) -> Outcome:
    began = time.monotonic()
    result = step()
    report(f"{what}: {time.monotonic() - began:.1f} s")
    return result


def report(line: str) -> None:
    """Said where pytest does not keep it back: the times are asked for."""
    stream = sys.__stdout__ or sys.stdout
    stream.write(f"\n{line}")
