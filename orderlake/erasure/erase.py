"""Erases one person: list, search, take out, prove, sign a receipt. Every step may be repeated."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import pyarrow as pa

from glue.bronze import Bronze, Consumed, bronze_object
from glue.erasure import CUSTOMER_ID, emails_of
from glue.settings import Settings
from orderlake.aws import Aws
from orderlake.commands.job import ENDED, run_job
from orderlake.erasure import listing, objects
from orderlake.erasure.objects import Found, Rewritten
from orderlake.erasure.person import Person
from orderlake.erasure.places import BRONZE, parquet_rows, places
from orderlake.erasure.records import event
from orderlake.erasure.tables import ROOT, Tables
from orderlake.errors import OrderlakeError
from producer.spool import Spool

RECEIPTS: Final = "erasures/"
Say = Callable[[str], None]


class Receipt(NamedTuple):
    """What was done for one person; `customer` is a token of the list, not who it is.

    `found` says what there was and where; `left` what is there still, which is nothing as a rule.
    """

    receipt: str
    customer: str
    listed_before: bool
    began_at: str
    ended_at: str
    found: Sequence[Found]
    objects_deleted: int
    left: Sequence[Found]

    def document(self) -> dict[str, Any]:
        """The receipt as it is kept and printed."""
        rows = {name: [asdict(each) for each in getattr(self, name)] for name in ("found", "left")}
        return {**self._asdict(), **rows}


class Erasure:
    """One person and one lake; `spool` is a producer's, where there is one here."""

    def __init__(self, aws: Aws, customer_id: str, spool: Path | None, say: Say) -> None:
        self._aws = aws
        self._s3 = aws.session.client("s3")
        self._spool = spool
        self.say = say
        self._tables = Tables(aws)
        self.listed_before = listing.load(aws).covers(CUSTOMER_ID, customer_id)
        self._person = Person(customer_id, self._emails(customer_id))

    def search(self) -> list[Found]:
        """Where the person is, in what there is and in what there was; changes nothing."""
        return [found for found in self._everywhere() if found.objects or found.old_versions]

    def erase(self, found: Sequence[Found]) -> Receipt:
        """Take the person out of everything.

        Raises:
            OrderlakeError: a job is running, which may write again what is being taken out.
        """
        began = datetime.now(UTC)
        self._demand_quiet()
        listed = listing.Listing(self._aws)
        # First of all: what arrives from now on is mended by whoever reads it.
        listed.add(self._person, began.isoformat())
        self._mend_objects()
        self.say("rewriting silver")
        self._tables.forget(self._person)
        self._tables.rewrite_manifests("silver_order_events")
        for job in ("silver", "gold"):
            run_job(self._aws, job, wait=True)
            self._tables.rewrite_manifests(f"{job}_")
        if self._spool is not None:
            with Spool(self._spool) as spool:
                spool.rewrite(lambda data: event(data, self._person))
        self.say("deleting what the tables were")
        self._demand_quiet()
        deleted = self._tables.unmake_history(datetime.now(UTC))
        self.say("looking again")
        receipt = Receipt(
            receipt=f"{began:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}",
            customer=listed.token(self._person),
            listed_before=self.listed_before,
            began_at=began.isoformat(),
            ended_at=datetime.now(UTC).isoformat(),
            found=found,
            objects_deleted=deleted,
            left=self.search(),
        )
        self._keep(receipt)
        return receipt

    def _everywhere(self) -> Iterator[Found]:
        for place in places(self._aws, self._person):
            self.say(f"searching {place.name}")
            found = Found(place.name)
            for version, _ in objects.search(self._s3, place):
                found.count(version)
            yield found
        self.say("searching the tables")
        yield from self._tables.search(self._person)
        if self._spool is not None:
            with Spool(self._spool) as spool:
                named = sum(event(data, self._person) is not data for data in spool.contents())
            yield Found("spool", named)

    def _mend_objects(self) -> None:
        for place in places(self._aws, self._person):
            self.say(f"mending {place.name}")
            rewritten = [
                objects.rewrite(self._s3, place, version, mended)
                for version, mended in objects.search(self._s3, place)
            ]
            if place.name == BRONZE:
                self._keep_checkpoint([each for each in rewritten if each is not None])

    def _keep_checkpoint(self, rewritten: Sequence[Rewritten]) -> None:
        """What silver had consumed stays consumed, though its ETag is another."""
        bronze = Bronze(self._s3, Settings.from_stack(self._aws.stack.model_dump_json()))
        before = bronze.consumed()
        again = [
            Consumed(bronze_object(each.key, each.etag, each.size), rows=0)
            for each in rewritten
            if (each.key, each.etag_before) in before
        ]
        bronze.record(f"erasure-{uuid.uuid4().hex[:12]}", again)

    def _emails(self, customer_id: str) -> frozenset[str]:
        """Pseudonyms of the addresses that the customer's orders gave."""
        self.say("looking for the customer's pseudonyms")
        return frozenset().union(*(emails_of(rows, customer_id) for rows in self._events()))

    def _events(self) -> Iterator[pa.Table]:
        bucket = self._aws.stack.lake_bucket
        for version in objects.versions(self._s3, bucket, self._aws.stack.bronze_prefix):
            rows = parquet_rows(objects.read(self._s3, bucket, version))
            if rows is not None and "payload" in rows.column_names:
                yield rows
        yield from self._tables.rows_of(ROOT)

    def _demand_quiet(self) -> None:
        glue = self._aws.session.client("glue")
        for name, job in self._aws.stack.jobs.items():
            if any(run["JobRunState"] not in ENDED for run in glue.get_job_runs(JobName=job)["JobRuns"]):
                raise OrderlakeError(f"job {name} is running: wait for its end, then erase again")

    def _keep(self, receipt: Receipt) -> None:
        self._s3.put_object(
            Bucket=self._aws.stack.lake_bucket,
            Key=f"{self._aws.stack.audit_prefix}{RECEIPTS}{receipt.receipt}.json",
            Body=orjson.dumps(receipt.document()),
            ContentType="application/json",
        )
