"""A stream: its shards, which shard a key belongs to, splitting, merging, and retention."""

import threading
from base64 import b64decode
from bisect import bisect_right
from datetime import datetime
from hashlib import md5
from itertools import pairwise
from typing import Any

from moto.kinesis import models as moto_models
from moto.kinesis.exceptions import InvalidArgumentError, ShardNotFoundError, StreamCannotBeUpdatedError

from infra.local.clock import Clock
from infra.local.kinesis.limits import (
    MAX_READ_BYTES,
    MAX_READ_RECORDS,
    ShardThroughput,
    ThroughputExceededError,
    parse_hash_key,
)
from infra.local.kinesis.shard import MAX_HASH_KEY, Found, Shard
from infra.local.kinesis.stream_metrics import StreamMetrics


def micros_of(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


class Stream(moto_models.Stream):
    """Replaces moto's stream; moto's control plane goes on describing it by `to_json` and the attributes."""

    def __init__(self, *args: Any, clock: Clock, enforce_limits: bool, **kwargs: Any) -> None:
        self._clock = clock
        self._enforce_limits = enforce_limits
        self._reshard_lock = threading.RLock()
        self._throughput: dict[str, ShardThroughput] = {}
        self.shards: dict[str, Shard] = {}  # type: ignore[assignment]  # replaces moto's Shard
        super().__init__(*args, **kwargs)
        self.metrics = StreamMetrics(self.stream_name)
        self.creation_datetime = clock.now()

    def init_shards(self, shard_count: int | None) -> None:
        if not shard_count or shard_count < 1:
            raise InvalidArgumentError("ShardCount must be 1 or more.")
        step = (MAX_HASH_KEY + 1) // shard_count
        now = micros_of(self._clock.now())
        self.shards = {}
        for index in range(shard_count):
            end = MAX_HASH_KEY if index == shard_count - 1 else (index + 1) * step - 1
            self._add(Shard(index, index * step, end, now))
        self._route()

    def _add(self, shard: Shard) -> None:
        self.shards = {**self.shards, shard.shard_id: shard}

    def _route(self) -> None:
        """Look up keys among the open shards from now on."""
        shards = sorted(self._open_shards(), key=lambda shard: shard.starting_hash)
        self._routes = [shard.starting_hash for shard in shards], shards
        self._throughput = {
            shard_id: self._throughput.get(shard_id, ShardThroughput()) for shard_id in self.shards
        }
        self.shard_count = len(shards)

    def _open_shards(self) -> list[Shard]:
        return [shard for shard in self.shards.values() if shard.is_open]

    def shard_of_hash(self, hash_key: int) -> Shard:
        starts, shards = self._routes
        return shards[bisect_right(starts, hash_key) - 1]

    def shard_named(self, shard_id: str) -> Shard:
        try:
            return self.shards[shard_id]
        except KeyError:
            raise ShardNotFoundError(shard_id, self.stream_name, self.account_id) from None

    # -- records

    def put(
        self, partition_key: str, explicit_hash_key: str | None, data: bytes, size: int, now: int
    ) -> tuple[str, str]:
        """Store a checked record; gives sequence number and shard id, or raises `ThroughputExceededError`."""
        if explicit_hash_key:
            hash_key = parse_hash_key(explicit_hash_key)
        else:
            hash_key = int.from_bytes(md5(partition_key.encode(), usedforsecurity=False).digest(), "big")
        while True:
            shard = self.shard_of_hash(hash_key)
            if self._enforce_limits and not self._throughput[shard.shard_id].admits_write(size, now):
                raise ThroughputExceededError(shard.shard_id, self.stream_name, self.account_id)
            sequence_number = shard.append(partition_key, data, now)
            # None: the shard was split or merged between look-up and append; its children have the key.
            if sequence_number is not None:
                return sequence_number, shard.shard_id

    def put_record(self, partition_key: str, explicit_hash_key: str, data: str) -> tuple[str, str]:
        """moto's own entrance, for its services that deliver into a stream; `data` is base64."""
        body = b64decode(data)
        now = self._clock.now()
        size = len(body) + len(partition_key.encode())
        answer = self.put(partition_key, explicit_hash_key, body, size, micros_of(now))
        self.metrics.wrote(1, size, 0, now)
        return answer

    def admit_read(self, shard_id: str) -> None:
        """Count a call of GetRecords, or raise `ThroughputExceededError`."""
        now = self._clock.now()
        if self._enforce_limits and not self._throughput[shard_id].admits_read(micros_of(now)):
            self.metrics.read_throttled(now)
            raise ThroughputExceededError(shard_id, self.stream_name, self.account_id)

    def read(
        self, shard: Shard, after: int, limit: int = MAX_READ_RECORDS, max_bytes: int = MAX_READ_BYTES
    ) -> Found:
        now = self._clock.now()
        found = shard.find(after, limit, max_bytes, micros_of(now))
        self.metrics.read(len(found.records), found.size, found.iterator_age_millis, now)
        return found

    def has_read(self, shard_id: str, size: int) -> None:
        if self._enforce_limits:
            self._throughput[shard_id].has_read(size, micros_of(self._clock.now()))

    def forget_expired(self) -> None:
        """Drop records, and closed shards, that are older than the stream's retention."""
        horizon = micros_of(self._clock.now()) - self.retention_period_hours * 3_600_000_000
        gone = []
        for shard in self.shards.values():
            shard.forget_before(horizon)
            if shard.closed_micros is not None and shard.closed_micros < horizon:
                gone.append(shard.shard_id)
        if gone:
            with self._reshard_lock:
                self.shards = {name: shard for name, shard in self.shards.items() if name not in gone}
                self._route()

    # -- resharding

    def children_of(self, parent: Shard) -> list[dict[str, Any]]:
        """The open or closed shards that a closed one became, as GetRecords tells at its end."""
        return [
            {
                "ShardId": child.shard_id,
                "ParentShards": list(child.parents()),
                "HashKeyRange": child.to_json()["HashKeyRange"],
            }
            for child in self.shards.values()
            if parent.shard_id in child.parents()
        ]

    def split_shard(self, shard_to_split: str, new_starting_hash_key: str) -> None:
        with self._reshard_lock:
            shard = self.shard_named(shard_to_split)
            middle = int(new_starting_hash_key)
            if not shard.starting_hash < middle < shard.ending_hash:
                raise InvalidArgumentError(
                    f"NewStartingHashKey {middle} used in SplitShard() on shard {shard.shard_id} in stream "
                    f"{self.stream_name} under account {self.account_id} is not both greater than one plus "
                    f"the shard's StartingHashKey {shard.starting_hash} and less than the shard's "
                    f"EndingHashKey {shard.ending_hash - 1}."
                )
            self._replace([shard], [(shard.starting_hash, middle - 1), (middle, shard.ending_hash)])

    def merge_shards(self, shard_to_merge: str, adjacent_shard_to_merge: str) -> None:
        with self._reshard_lock:
            first, second = self.shard_named(shard_to_merge), self.shard_named(adjacent_shard_to_merge)
            low, high = sorted((first, second), key=lambda shard: shard.starting_hash)
            if low.ending_hash + 1 != high.starting_hash:
                raise InvalidArgumentError(
                    f"Shards {first.shard_id} and {second.shard_id} in stream {self.stream_name} under "
                    f"account {self.account_id} are not an adjacent pair of shards eligible for merging"
                )
            self._replace([first, second], [(low.starting_hash, high.ending_hash)])

    def _replace(self, parents: list[Shard], ranges: list[tuple[int, int]]) -> None:
        for shard in parents:
            if not shard.is_open:
                raise InvalidArgumentError(
                    f"Shard {shard.shard_id} in stream {self.stream_name} under account {self.account_id} "
                    "has already been merged or split, and thus is not eligible for merging or splitting."
                )
        now = micros_of(self._clock.now())
        # A child's first record must sort after its parents' last one, however the clock moves.
        born = max([now, *(shard.last_micros + 1 for shard in parents)])
        index = max(shard.index for shard in self.shards.values()) + 1
        adjacent = parents[1].shard_id if len(parents) > 1 else None
        for offset, (start, end) in enumerate(ranges):
            parent = parents[0].shard_id
            self._add(Shard(index + offset, start, end, born, parent=parent, adjacent_parent=adjacent))
        for closed in parents:
            closed.close(now)
        self._route()

    def update_shard_count(self, target_shard_count: int) -> None:
        """Split the widest shards, or merge the narrowest neighbours, until there are as many as asked."""
        if self.stream_mode.get("StreamMode") == "ON_DEMAND":
            raise StreamCannotBeUpdatedError(stream_name=self.stream_name, account_id=self.account_id)
        with self._reshard_lock:
            current = len(self._open_shards())
            for bound, is_over in (
                ("over double", target_shard_count > current * 2),
                ("below half", target_shard_count * 2 < current),
            ):
                if is_over:
                    raise InvalidArgumentError(
                        f"UpdateShardCount cannot scale {bound} your current open shard count. "
                        f"Current open shard count: {current} Target shard count: {target_shard_count}"
                    )
            while len(self._open_shards()) < target_shard_count:
                widest = max(self._open_shards(), key=lambda shard: shard.ending_hash - shard.starting_hash)
                self.split_shard(widest.shard_id, str((widest.starting_hash + widest.ending_hash + 1) // 2))
            while len(shards := self._routes[1]) > target_shard_count:
                low, high = min(
                    pairwise(shards),
                    key=lambda pair: pair[1].ending_hash - pair[0].starting_hash,
                )
                self.merge_shards(low.shard_id, high.shard_id)
