"""Work on one thing while the next is made."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Callable, Iterable, Iterator, Optional, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def overlapped(work: Callable[[T], R], things: Iterable[T]) -> Iterator[R]:
    """Results of `work`, in order; one thing at a time is worked on, in a thread, while the next is made."""
    with ThreadPoolExecutor(max_workers=1) as worker:
        running: Optional[Future[R]] = None
        for thing in things:
            if running is not None:
                yield running.result()
            running = worker.submit(work, thing)
        if running is not None:
            yield running.result()
