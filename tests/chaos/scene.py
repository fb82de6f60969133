"""One seed: the whole pipeline under load and faults, then in peace, then judged."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.firehose.engine import FirehoseEngine
from infra.local.http_server import Server
from infra.local.playback import PlaybackSettings, deployables, play
from infra.local.server import EmbeddedAws
from infra.packaging.archive import zip_bytes
from orderlake.aws import Aws, connect
from orderlake.ledger.audit import audit
from tests.chaos.faults import OF_JOBS, Plan
from tests.chaos.gate import Gate, spoiled
from tests.chaos.processes import Shop, start_job, start_producer
from tests.chaos.verdict import Verdict, judge

_WRAPPED = Path(__file__).with_name("wrapped_function.py")
_FAULTY_INVOCATIONS = 6
_PATIENCE_SECONDS = 90.0
_JOB_SECONDS = 600.0
_MOST_WRITES = 40
_REJECTED = 5
_BUFFER_SECONDS = 1


@dataclass
class Scene:
    """A pipeline of its own, the plan, and a folder for records and logs."""

    embedded: EmbeddedAws
    aws: Aws
    plan: Plan
    gate: Gate
    folder: Path

    def run(self, drain_seconds: float) -> Verdict:
        """Everything that the plan says, and the judgement once nothing is in flight, or after so long."""
        self.gate.is_open = False
        threads = [threading.Thread(target=work) for work in self._beside()]
        for thread in threads:
            thread.start()
        self._send_unreadable()
        self._produce()
        for thread in threads:
            thread.join()
        if self.plan.faults & OF_JOBS:
            self._spoilt_jobs("after")
        self.make_peace()
        audit(self.aws, "bronze", drain_seconds)
        failures = self.last_jobs()
        return judge(self.aws, self.plan, self.folder, _REJECTED, dict(self.gate.met), failures)

    def _beside(self) -> Iterator[Callable[[], None]]:
        yield self._jobs_meanwhile
        if "resharding" in self.plan:
            yield self._reshard
        if "endpoint_restart" in self.plan:
            yield self._restart_endpoint

    def _send_unreadable(self) -> None:
        records: Any = [{"Data": b"no event %d" % n, "PartitionKey": str(n)} for n in range(_REJECTED)]
        kinesis = self.aws.session.client("kinesis")
        was_open, self.gate.is_open = self.gate.is_open, True
        kinesis.put_records(StreamName=self.aws.stack.stream_name, Records=records)
        self.gate.is_open = was_open

    def _produce(self) -> None:
        draw, plan = self.plan.random("producer"), self.plan
        start = datetime.now(UTC) + plan.skew
        self.gate.met["clock_skew"] += "clock_skew" in plan
        is_killed, has_full_disk = "producer_killed" in plan, "disk_full" in plan
        spool = self.folder / "spool" if is_killed or has_full_disk else None
        if spool:
            spool.mkdir()
        shop = Shop(plan.seed, start, plan.records, plan.rate, self.folder / "sent.jsonl", spool)
        if has_full_disk:
            cut_short = start_producer(self.embedded.endpoint_url, _changed(shop, has_full_disk=True))
            cut_short.join(_PATIENCE_SECONDS)
            self.gate.met["disk_full"] += 1
        if is_killed:
            for kill in range(2):
                process = start_producer(
                    self.embedded.endpoint_url, _changed(shop, seed=plan.seed + 1_000 * (kill + 1))
                )
                process.join(1.0 + draw.uniform(0, plan.records / plan.rate))
                process.kill()
                process.join()
                self.gate.met["producer_killed"] += 1
        last = start_producer(self.embedded.endpoint_url, shop)
        last.join(_PATIENCE_SECONDS)
        if last.exitcode != 0:
            raise AssertionError(
                f"the producer ended with {last.exitcode}: {(self.folder / 'sent.log').read_text()[-2000:]}"
            )

    def _jobs_meanwhile(self) -> None:
        time.sleep(self.plan.random("meanwhile").uniform(1.0, 3.0))
        self._spoilt_jobs("meanwhile")

    def _spoilt_jobs(self, moment: str) -> None:
        draw = self.plan.random(f"jobs {moment}")
        for name in ("silver", "gold"):
            processes = [self._start(name, has_full_disk="disk_full" in self.plan)]
            if "two_jobs" in self.plan:
                processes.append(self._start(name))
                self.gate.met["two_jobs"] += 1
            if "job_killed" in self.plan:
                for process in processes:
                    self.gate.kill_at_write(
                        process.pid or 0, draw.randint(1, _MOST_WRITES), after=draw.random() < 0.5
                    )
            for process in processes:
                process.join(_PATIENCE_SECONDS)
                process.kill()

    def last_jobs(self) -> list[str]:
        """Run the jobs in peace; what is said of those that fail."""
        return [
            f"{name} failed: {self._log(name).read_text()[-2000:]}"
            for name in ("silver", "gold")
            if not self.try_job(name, _JOB_SECONDS)
        ]

    def try_job(self, name: str, seconds: float) -> bool:
        """Run a job and say whether it succeeded in that time; it is killed else."""
        process = self._start(name)
        process.join(seconds)
        process.kill()
        return process.exitcode == 0

    def _start(self, name: str, *, has_full_disk: bool = False) -> BaseProcess:
        return start_job(self.embedded.endpoint_url, name, self._log(name), has_full_disk=has_full_disk)

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def make_peace(self) -> None:
        self.gate.is_open = True
        firehose = cast("FirehoseEngine", self.embedded.engines["firehose"])
        firehose.refuses = lambda _stream, _record: False
        vars(self.embedded.objects).pop("put", None)
        (self.folder / "invocations").write_text("")

    def _reshard(self) -> None:
        kinesis, stream = self.aws.session.client("kinesis"), self.aws.stack.stream_name
        shards = kinesis.list_shards(StreamName=stream)["Shards"]
        low, high = (int(shards[0]["HashKeyRange"][end]) for end in ("StartingHashKey", "EndingHashKey"))
        middle = str((low + high) // 2)
        self._patiently(
            lambda: kinesis.split_shard(
                StreamName=stream, ShardToSplit=shards[0]["ShardId"], NewStartingHashKey=middle
            )
        )
        time.sleep(1.0)
        children = [
            one["ShardId"]
            for one in kinesis.list_shards(StreamName=stream)["Shards"]
            if one.get("ParentShardId") == shards[0]["ShardId"]
        ]
        self._patiently(
            lambda: kinesis.merge_shards(
                StreamName=stream, ShardToMerge=children[0], AdjacentShardToMerge=children[1]
            )
        )
        self.gate.met["resharding"] += 1

    @staticmethod
    def _patiently(call: Any) -> None:
        for _ in range(20):
            try:
                call()
            except (BotoCoreError, ClientError):  # the stream is being changed, or its endpoint is away
                time.sleep(0.5)
            else:
                return

    def _restart_endpoint(self) -> None:
        time.sleep(self.plan.random("restart").uniform(0.5, 2.5))
        port = self.embedded._server.port
        self.embedded._server.close(1.0)
        time.sleep(1.0)
        self.embedded._server = Server(port, self.gate)
        threading.Thread(
            target=self.embedded._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        self.gate.met["endpoint_restart"] += 1


def _changed(shop: Shop, **changes: Any) -> Shop:
    return Shop(**{**vars(shop), **changes})


@contextmanager
def scene(plan: Plan) -> Iterator[Scene]:
    """The pipeline of one seed, on the embedded AWS in this process."""
    before = dict(os.environ)
    folder = Path(tempfile.mkdtemp(prefix="orderlake-chaos-"))
    try:
        with EmbeddedAws() as embedded:
            os.environ.update(AWS_ACCESS_KEY_ID="chaos", AWS_SECRET_ACCESS_KEY="any")
            settings = PlaybackSettings(buffer_seconds=_BUFFER_SECONDS, schedule_enabled=False)
            play(embedded.endpoint_url, deployables(), settings)
            aws = connect(embedded.endpoint_url, None, "dev")
            gate = Gate(embedded._server.app, plan)
            embedded._server.app = gate
            made = Scene(embedded, aws, plan, gate, folder)
            _spoil_function(made)
            _spoil_firehose(made)
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.clear()
        os.environ.update(before)


def _spoil_function(scene: Scene) -> None:
    kinds = {
        "function_crash": ("crash_before", "crash_after"),
        "function_memory": ("memory",),
        "function_timeout": ("timeout",),
    }
    chosen = [word for fault, words in kinds.items() if fault in scene.plan for word in words]
    if not chosen:
        return
    draw = scene.plan.random("function")
    words = [draw.choice([*chosen, "ok"]) for _ in range(_FAULTY_INVOCATIONS)]
    if "timeout" in words:  # each costs its time
        words = [
            word for place, word in enumerate(words) if word != "timeout" or place == words.index("timeout")
        ]
    words.extend(word for word in chosen if word not in words)
    plan = scene.folder / "invocations"
    plan.write_text("\n".join(words))
    for fault, of_fault in kinds.items():
        scene.gate.met[fault] += sum(word in of_fault for word in words)
    functions, name = scene.aws.session.client("lambda"), scene.aws.stack.ingest_function
    with zipfile.ZipFile(deployables()["order_ingest"].path) as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
    entries["wrapped_function.py"] = _WRAPPED.read_bytes()
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_code(FunctionName=name, ZipFile=zip_bytes(entries))
    functions.update_function_configuration(
        FunctionName=name,
        Handler="wrapped_function.handler",
        Timeout=4,
        Environment={"Variables": {**variables, "CHAOS_PLAN": str(plan)}},
    )


def _spoil_firehose(scene: Scene) -> None:
    firehose = cast("FirehoseEngine", scene.embedded.engines["firehose"])
    plan, objects = scene.plan, scene.embedded.objects
    if "firehose_refuses" in plan:
        toss = spoiled(plan.random("refuse"), 0.4)
        firehose.refuses = lambda _stream, _record: not scene.gate.is_open and toss()
    comes_late, comes_twice = (spoiled(plan.random(purpose), 0.4) for purpose in ("late", "twice"))
    put = objects.put

    def spoilt_put(bucket: str, key: str, body: bytes, content_type: str = "binary/octet-stream") -> None:
        if key.startswith(("bronze/", "quarantine/")) and not scene.gate.is_open:
            if ("late_and_twice" in plan or "s3_errors" in plan) and comes_late():
                scene.gate.met["late_and_twice" if "late_and_twice" in plan else "s3_errors"] += 1
                raise OSError("503 Slow Down, made on purpose")
            if "late_and_twice" in plan and comes_twice():
                scene.gate.met["late_and_twice"] += 1
                name, dot, ending = key.partition(".parquet")
                put(bucket, f"{name}-again{dot}{ending}", body, content_type)
        put(bucket, key, body, content_type)

    objects.put = spoilt_put  # type: ignore[method-assign]
