"""Event source mappings: which shards are fed to which function."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from infra.local.clock import Clock
from infra.local.kinesis.stream_reader import ShardInfo, ShardReader, StartingPosition
from infra.local.lambda_.given_up import GivenUp
from infra.local.lambda_.invocation import InvocationResult
from infra.local.lambda_.lane import Lane
from infra.local.lambda_.mapping_settings import MappingSettings
from infra.local.lambda_.shard_consumer import ShardConsumer

_log = logging.getLogger(__name__)

_THREADS: Final = 32
_LOOK_UP_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True)
class MappingSpec:
    """An event source mapping as its API describes it now."""

    uuid: str
    account_id: str
    function_arn: str
    is_enabled: bool
    starting_position: StartingPosition
    settings: MappingSettings


@dataclass(slots=True)
class _Mapping:
    spec: MappingSpec
    consumers: dict[str, ShardConsumer] = field(default_factory=dict)
    busy: set[tuple[str, Lane]] = field(default_factory=set)
    is_known: bool = False  # its stream's shards were listed once


class Mappings:
    """Polls the shards of all enabled mappings.

    `specs` tells which mappings there are now, `reader` the streams' reader for a mapping; `invoke` runs a
    function (its ARN, the event), `report_age` gets (function ARN, seconds), `give_up` what was given up.
    """

    def __init__(
        self,
        specs: Callable[[], Iterable[MappingSpec]],
        reader: Callable[[MappingSpec], ShardReader],
        invoke: Callable[[str, bytes], InvocationResult],
        report_age: Callable[[str, float], None],
        clock: Clock,
        give_up: Callable[[MappingSpec, GivenUp], None] = lambda _spec, _given_up: None,
    ) -> None:
        self._specs = specs
        self._reader = reader
        self._invoke = invoke
        self._report_age = report_age
        self._clock = clock
        self._give_up = give_up
        self._lock = threading.RLock()
        self._mappings: dict[str, _Mapping] = {}
        self._is_stopped = False
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="lambda-mapping")

    def tick(self, *, flush: bool = False) -> None:
        """Look for new shards and records; start the batches that are due."""
        with self._lock:
            if self._is_stopped:
                return
            self._reconcile()
            for mapping in self._mappings.values():
                if mapping.spec.is_enabled:
                    self._poll(mapping, flush=flush)

    def drain(self, seconds: float) -> None:
        """Feed what is on the streams, without waiting for windows or failing batches, then stop."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.tick(flush=True)
            if not self.is_busy:
                break
            time.sleep(_LOOK_UP_SECONDS)
        self.stop()

    def stop(self) -> None:
        """Start no further batch."""
        with self._lock:
            self._is_stopped = True
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def is_busy(self) -> bool:
        """Batches are under way."""
        with self._lock:
            return any(mapping.busy for mapping in self._mappings.values())

    def checkpoints(self, uuid: str) -> dict[str, str | None]:
        """Per shard, the sequence number up to which a mapping has processed everything."""
        with self._lock:
            mapping = self._mappings.get(uuid)
            return {name: one.checkpoint for name, one in mapping.consumers.items()} if mapping else {}

    def _reconcile(self) -> None:
        specs = {spec.uuid: spec for spec in self._specs()}
        for uuid in self._mappings.keys() - specs.keys():
            del self._mappings[uuid]
        for uuid, spec in specs.items():
            mapping = self._mappings.setdefault(uuid, _Mapping(spec))
            mapping.spec = spec
            for consumer in mapping.consumers.values():
                consumer.configure(spec.settings)
            if spec.is_enabled:
                self._find_shards(mapping)

    def _find_shards(self, mapping: _Mapping) -> None:
        spec = mapping.spec
        reader = self._reader(spec)
        try:
            shards = reader.list_shards(spec.settings.stream_arn)
        except KeyError:  # the stream was deleted
            mapping.consumers.clear()
            return
        listed = {shard.shard_id for shard in shards}
        for gone in mapping.consumers.keys() - listed:
            del mapping.consumers[gone]
        # Shards that appear later are children: nothing in them may be missed.
        position: StartingPosition = "TRIM_HORIZON" if mapping.is_known else spec.starting_position
        for shard in shards:
            if shard.shard_id not in mapping.consumers:
                mapping.consumers[shard.shard_id] = self._consumer(mapping, shard, position, reader)
        mapping.is_known = True

    def _consumer(
        self, mapping: _Mapping, shard: ShardInfo, position: StartingPosition, reader: ShardReader
    ) -> ShardConsumer:
        return ShardConsumer(
            shard,
            position,
            mapping.spec.settings,
            reader,
            invoke=lambda event: self._invoke(mapping.spec.function_arn, event),
            clock=self._clock,
            report_age=lambda seconds: self._report_age(mapping.spec.function_arn, seconds),
            give_up=lambda given_up: self._give_up(mapping.spec, given_up),
        )

    def _poll(self, mapping: _Mapping, *, flush: bool) -> None:
        for shard_id, consumer in mapping.consumers.items():
            if not self._parents_are_finished(mapping, consumer):
                continue
            if consumer.needs_other_lanes:
                if any((shard_id, lane) in mapping.busy for lane in consumer.lanes):
                    continue
                consumer.share_out_again()
            try:
                due = consumer.poll(flush=flush)
            except KeyError:  # the stream was deleted since it was listed
                continue
            for lane in due:
                if (shard_id, lane) not in mapping.busy and not (flush and lane.is_failing):
                    mapping.busy.add((shard_id, lane))
                    task = self._threads.submit(self._feed, mapping, consumer, lane, flush=flush)
                    task.add_done_callback(_report)

    def _parents_are_finished(self, mapping: _Mapping, consumer: ShardConsumer) -> bool:
        parents = (mapping.consumers.get(name) for name in consumer.parent_shard_ids)
        return all(parent is None or parent.is_finished for parent in parents)

    def _feed(self, mapping: _Mapping, consumer: ShardConsumer, lane: Lane, *, flush: bool) -> None:
        """Send a lane's batches for as long as they are due."""
        try:
            while True:
                lane.send()
                with self._lock:
                    is_over = self._is_stopped or not mapping.spec.is_enabled or lane.is_failing
                    is_over = is_over or consumer.needs_other_lanes
                    if is_over or self._mappings.get(mapping.spec.uuid) is not mapping:
                        return
                if lane not in consumer.poll(flush=flush):
                    return
        except KeyError:  # the stream was deleted
            return
        finally:
            with self._lock:
                mapping.busy.discard((consumer.shard_id, lane))


def _report(task: "Future[None]") -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        _log.error("An event source mapping of the embedded AWS failed", exc_info=error)
