"""An erasure that is killed anywhere is completed by the next one, and the receipts say what was done."""

import json
from collections.abc import Mapping
from typing import Any, Final

import boto3
import pytest

from glue.bronze import Bronze
from glue.erasure import key_parameter
from infra.stack import PARAMETER, Stack
from orderlake.aws import Aws
from orderlake.erasure import listing
from orderlake.erasure.erase import Erasure
from orderlake.erasure.receipts import FOLDER, Receipt
from tests.deep_search import places_of
from tests.integration.lake.conftest import MakeLake
from tests.integration.lake.lake_harness import LakeHarness, event
from tests.integration.local.aws_harness import REGION

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ENVIRONMENT: Final = "erasing"
RESULTS: Final = "results"
# The calls before which it is killed, in the order of an erasure, and how many of the kind are let pass.
MOMENTS: Final = (
    ("PutObject audit/erasures/", 0),
    ("PutObject audit/erased/", 0),
    ("PutObject bronze/", 1),
    ("DeleteObject bronze/", 0),
    ("PutObject checkpoints/", 0),
    ("DeleteObject answer-", 0),
    ("job silver", 0),
    ("job gold", 0),
    ("DeleteObject gold/", 3),
    ("PutObject audit/erasures/", 1),
)
CUSTOMER, OTHER = "customer-1", "customer-2"
PLACES: Final = {"bronze", "query results", "silver_order_events", "silver_orders", "gold_customer_value"}


class Killed(BaseException):
    """The process is gone."""


class Kill:
    """Ends what is done before one call; every call that changes something goes by here."""

    def __init__(self, call: str = "", let_pass: int = -1) -> None:
        self._call = call
        self._let_pass = let_pass

    def before(self, call: str) -> None:
        if self._call and call.startswith(self._call):
            if self._let_pass == 0:
                raise Killed
            self._let_pass -= 1

    def before_request(self, params: Mapping[str, Any], model: Any, **_: object) -> None:
        self.before(f"{model.name} {params.get('Key', '')}")


class Shop:
    """A lake with three orders of each customer, built, and asked about both."""

    def __init__(self, lake: LakeHarness) -> None:
        self.lake = lake
        bucket = lake.settings.lake_bucket
        lake.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        lake.s3.create_bucket(Bucket=RESULTS)
        ssm = lake.aws.client("ssm")
        ssm.put_parameter(Name=key_parameter(ENVIRONMENT), Value="secret", Type="SecureString")
        ssm.put_parameter(
            Name=PARAMETER.format(environment=ENVIRONMENT),
            Value=stack_of(lake).model_dump_json(),
            Type="String",
        )
        for number in range(3):
            lake.put([of(CUSTOMER, 2 * number), of(OTHER, 2 * number + 1)], f"orders-{number}")
        for customer in (CUSTOMER, OTHER):
            lake.s3.put_object(
                Bucket=RESULTS, Key=f"answer-{customer}.csv", Body=f'"{customer}","2"'.encode()
            )
        self.aws = self._connected(Kill())
        for job in ("silver", "gold"):
            self._run(job)

    def erase(self, kill: Kill) -> Receipt | None:
        """What `orderlake erase --yes` does, up to the call that kills it."""

        def run(job: str) -> None:
            kill.before(f"job {job}")
            self._run(job)

        erasure = Erasure(self._connected(kill), CUSTOMER, run, None, lambda _: None)
        found = erasure.search()
        return None if erasure.has_nothing_to_do(found) else erasure.erase(found)

    def receipts(self) -> list[dict[str, Any]]:
        """What is kept of the erasures, the earliest first."""
        bucket, prefix = self.lake.settings.lake_bucket, f"{self.lake.settings.audit_prefix}{FOLDER}"
        entries = self.lake.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        keys = [entry["Key"] for entry in entries]
        kept = [json.loads(self.lake.s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]
        return sorted(kept, key=lambda receipt: str(receipt["began_at"]))

    def _run(self, job: str) -> None:
        if job == "silver":
            self.lake.silver(bronze=Bronze(self.lake.s3, self.lake.settings, lambda: listing.load(self.aws)))
        else:
            self.lake.gold()

    def _connected(self, kill: Kill) -> Aws:
        session = boto3.Session(region_name=REGION)
        session.events.register("before-parameter-build.s3", kill.before_request)
        return Aws(session, self.lake.aws.endpoint_url, ENVIRONMENT)


def of(customer: str, number: int) -> dict[str, Any]:
    row = event(number)
    return {**row, "payload": json.dumps({**json.loads(row["payload"]), "customer_id": customer})}


def stack_of(lake: LakeHarness) -> Stack:
    settings = vars(lake.settings)
    names = {name: settings.get(name) or "unused" for name in Stack.model_fields}
    return Stack.model_validate(
        {
            **names,
            "results_bucket": RESULTS,
            "profile": "direct",
            "quarantine_raw_prefix": "quarantine/raw/",
            "jobs": {},
        }
    )


def test_an_erasure_killed_anywhere_is_completed_by_the_next(make_lake: MakeLake) -> None:
    shop = Shop(make_lake(environment=ENVIRONMENT))
    ids, days = shop.lake.ids(), shop.lake.rows("gold_daily_sales")
    for moment in MOMENTS:
        with pytest.raises(Killed):
            shop.erase(Kill(*moment))

    receipt = shop.erase(Kill())

    assert receipt is not None
    assert receipt.left == []
    assert places_of(shop.aws, CUSTOMER) == set()
    assert places_of(shop.aws, OTHER) != set()
    assert (shop.lake.ids(), shop.lake.rows("gold_daily_sales")) == (ids, days)
    *begun, ended = shop.receipts()
    assert [attempt["receipt"] for attempt in begun] == receipt.continues
    assert len(begun) == len(MOMENTS) - 1  # the first was killed before it had one
    assert [attempt["ended_at"] for attempt in begun] == [None] * len(begun)
    assert ended["ended_at"] is not None
    assert {row["place"] for row in begun[0]["found"]} >= PLACES
    assert ended["found"] == []
    assert shop.erase(Kill()) is None
