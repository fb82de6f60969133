"""What Firehose took, where there is no stream to read again: what arrived, and what was promised besides."""

from collections.abc import Iterable, Mapping

from orderlake.ledger.balance import Coordinate, Promise
from producer.manifest import RunManifest


def accepted(
    manifests: Iterable[RunManifest], arrived: Mapping[Coordinate, Promise | None]
) -> set[Coordinate]:
    """One coordinate for each record that Firehose acknowledged.

    It is where the record arrived; what was acknowledged and is nowhere has its run for a shard and its
    sequence there for a sequence number. A record that no run announced has no witness but the lake.
    """
    found = set(arrived.values())
    missing = {
        Coordinate(run.producer_id, sequence, 0)
        for run in manifests
        for first, last in run.acknowledged
        for sequence in range(first, last + 1)
        if Promise(run.producer_id, sequence) not in found
    }
    return arrived.keys() | missing
