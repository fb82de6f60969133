"""A thousand marked events through the whole pipeline.

Each run has a category, a customer and SKUs of its own, named after the run, so that nothing else can be
mistaken for them: `verify-20261123T080000-1a2b3c`.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import sql
from orderlake import athena
from orderlake.aws import Aws
from orderlake.commands.job import run_job
from orderlake.errors import OrderlakeError
from orderlake.ledger.audit import audit
from orderlake.sending import send_run
from orderlake.verify.finding import Finding, failed, passed
from producer.contract import CURRENT_SCHEMA_VERSION, OrderPlaced
from producer.contract_payloads import OrderLine, OrderPlacedPayload
from producer.draft import EventDraft, draft_of
from producer.pace import FullSpeed
from producer.run import RunProgress

PRICE = Decimal("1.00")
_LOOK_EVERY_SECONDS = 1.0


@dataclass
class Trial:
    """One run: `mark` names its category and customer, `producer_id` its place in the ledgers."""

    events: int
    mark: str = field(default_factory=lambda: f"verify-{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:6]}")
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    event_ids: list[str] = field(default_factory=list)
    producer_id: str | None = None

    def drafts(self) -> Iterator[EventDraft]:
        """Orders of one line, one dollar each."""
        for number in range(1, self.events + 1):
            event = OrderPlaced(
                event_id=uuid4(),
                schema_version=CURRENT_SCHEMA_VERSION,
                occurred_at=self.started_at,
                producer_id=self.mark,
                sequence=number,
                payload=OrderPlacedPayload(
                    order_id=f"{self.mark}-{number}",
                    customer_id=self.mark,
                    country="verify",
                    currency="USD",
                    lines=(
                        OrderLine(
                            line_number=1,
                            sku=f"{self.mark}-{number % 10}",
                            category=self.mark,
                            quantity=1,
                            unit_price=PRICE,
                        ),
                    ),
                ),
            )
            self.event_ids.append(str(event.event_id))
            yield draft_of(event)


class _Silence:
    def sent(self, progress: RunProgress) -> None:
        """Nothing to show: it takes a second."""


def run(aws: Aws, trial: Trial, wait_seconds: float) -> Iterator[Finding]:
    """Send, follow to bronze, refresh, ask gold and the ledgers; ends at the first failure."""
    report = send_run(
        aws, "verify", trial.drafts(), FullSpeed(), threading.Event(), _Silence(), source="verify"
    )
    trial.producer_id = report.producer_id
    yield passed("events sent", f"{report.acknowledged} acknowledged as {report.producer_id}")
    arrived = _wait_for_bronze(aws, trial, wait_seconds)
    if arrived < trial.events:
        yield failed(
            "events in bronze",
            f"{arrived} of {trial.events} after {wait_seconds:.0f} s",
            "give --wait more; else look at the function's log group, then at the delivery stream's",
        )
        return
    yield passed("events in bronze", str(arrived))
    for job in ("silver", "gold"):
        try:
            run_job(aws, job, wait=True)
        except OrderlakeError as error:
            yield failed(f"job {job}", str(error), "docs/runbooks/job-failed.md")
            return
        yield passed(f"job {job}", "succeeded")
    yield _ask_gold(aws, trial)
    yield _ask_ledgers(aws, trial)


def _wait_for_bronze(aws: Aws, trial: Trial, wait_seconds: float) -> int:
    deadline = time.monotonic() + wait_seconds
    while True:
        arrived = int(str(_one(aws, "verify/progress.sql", trial.producer_id or "")["events"]))
        if arrived >= trial.events or time.monotonic() >= deadline:
            return arrived
        time.sleep(_LOOK_EVERY_SECONDS)


def gold_of(aws: Aws, trial: Trial) -> tuple[int, Decimal]:
    """Orders and amount that gold holds under the run's category."""
    row = _one(aws, "verify/gold.sql", trial.mark)
    return int(str(row["orders"])), Decimal(str(row["amount"]))


def _ask_gold(aws: Aws, trial: Trial) -> Finding:
    orders, amount = gold_of(aws, trial)
    expected = trial.events * PRICE
    found = f"{orders} orders, {amount:.2f} USD"
    if (orders, amount) == (trial.events, expected):
        return passed("query of gold", found)
    return failed(
        "query of gold", f"{found}, expected {trial.events} and {expected}", "orderlake audit --through gold"
    )


def _ask_ledgers(aws: Aws, trial: Trial) -> Finding:
    look = audit(aws, "gold", 0)
    ours = [line for line in look.producers.runs if line.producer_id == trial.producer_id]
    if not ours or ours[0].missing or ours[0].arrived != trial.events:
        return failed("ledgers", "not every event of the run is accounted for", "orderlake audit")
    others = "" if look.balanced else "; other runs are still under way: orderlake audit --wait 300"
    return passed("ledgers", f"{trial.events} of {trial.events} accounted for{others}")


def _one(aws: Aws, question: str, parameter: str) -> dict[str, object]:
    (row,) = athena.run(aws, sql.text(question), [f"'{parameter}'"]).rows
    return dict(row)
