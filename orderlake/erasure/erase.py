"""Erases one person: list, search, take out, prove, sign a receipt. Every step may be repeated."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from glue.bronze import Bronze, Consumed, bronze_object
from glue.erasure import CUSTOMER_ID, emails_of
from glue.settings import Settings
from orderlake.aws import Aws
from orderlake.erasure import listing, objects
from orderlake.erasure.objects import Found, Rewritten
from orderlake.erasure.person import Person
from orderlake.erasure.places import BRONZE, out_of_reach, parquet_rows, places, unfinished_uploads
from orderlake.erasure.receipts import Receipt, Receipts
from orderlake.erasure.records import event
from orderlake.erasure.tables import ROOT, Tables
from orderlake.errors import OrderlakeError
from orderlake.operations import ENDED
from producer.spool import Spool

Say = Callable[[str], None]
RunJob = Callable[[str], object]


class Erasure:
    """One person and one lake; `run_job` runs a job to its end, `spool` is a producer's, if one is here."""

    def __init__(self, aws: Aws, customer_id: str, run_job: RunJob, spool: Path | None, say: Say) -> None:
        self._aws = aws
        self._run_job = run_job
        self._s3 = aws.session.client("s3")
        self._spool = spool
        self.say = say
        self._tables = Tables(aws)
        self._receipts = Receipts(aws)
        self.listed_before = listing.load(aws).covers(CUSTOMER_ID, customer_id)
        self._person = Person(customer_id, self._emails(customer_id))

    def search(self) -> list[Found]:
        """Where the person is, in what there is and in what there was; changes nothing."""
        return [found for found in self._everywhere() if found]

    def has_nothing_to_do(self, found: Sequence[Found]) -> bool:
        """Whether an erasure of this person came to its end before, and a search found nothing now."""
        if found or not self.listed_before:
            return False
        return not self._receipts.unfinished(listing.Listing(self._aws).token(self._person))

    def erase(self, found: Sequence[Found]) -> Receipt:
        """Take the person, who was found there, out of everything.

        Raises:
            OrderlakeError: a job is running, which may write again what is being taken out.
        """
        began = datetime.now(UTC)
        self._demand_quiet()
        listed = listing.Listing(self._aws)
        customer = listed.token(self._person)
        receipt = Receipt(
            receipt=f"{began:%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}",
            customer=customer,
            listed_before=self.listed_before,
            continues=self._receipts.unfinished(customer),
            began_at=began.isoformat(),
            ended_at=None,
            found=found,
            objects_deleted=0,
            left=found,
            searched=(),
            out_of_reach=list(out_of_reach(self._aws)),
        )
        self._receipts.keep(receipt)
        # First of all: what arrives from now on is mended by whoever reads it.
        listed.add(self._person, began.isoformat())
        deleted = self._take_out()
        self.say("looking again")
        everywhere = list(self._everywhere())
        receipt = receipt._replace(
            objects_deleted=deleted,
            left=[found for found in everywhere if found],
            searched=[found.place for found in everywhere],
            ended_at=datetime.now(UTC).isoformat(),
        )
        self._receipts.keep(receipt)
        return receipt

    def _take_out(self) -> int:
        """How many objects and versions of tables were deleted."""
        self._mend_objects()
        self.say("rewriting silver")
        self._tables.forget(self._person)
        self._tables.rewrite_manifests(ROOT)
        for job in ("silver", "gold"):
            self._run_job(job)
            self._tables.rewrite_manifests(f"{job}_")
        if self._spool is not None:
            with Spool(self._spool) as spool:
                spool.rewrite(lambda data: event(data, self._person))
        self.say("deleting what the tables were")
        self._demand_quiet()
        return self._tables.unmake_history(datetime.now(UTC))

    def _everywhere(self) -> Iterator[Found]:
        for place in places(self._aws):
            self.say(f"searching {place.name}")
            found = Found(place.name)
            for version, _ in objects.search(self._s3, place, self._person, found.doubt):
                found.count(version)
            yield found
        yield unfinished_uploads(self._aws)
        self.say("searching the tables")
        yield from self._tables.search(self._person)
        if self._spool is not None:
            with Spool(self._spool) as spool:
                named = sum(event(data, self._person) is not data for data in spool.contents())
            yield Found("spool", named)

    def _mend_objects(self) -> None:
        for place in places(self._aws):
            if place.is_kept:
                continue
            self.say(f"mending {place.name}")
            rewritten = [
                objects.rewrite(self._s3, place, version, mended)
                for version, mended in objects.search(self._s3, place, self._person)
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
