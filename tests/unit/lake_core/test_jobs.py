"""Requests and whoever waits for them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from lake_core.errors import NotFound
from lake_core.jobs import Job, Wake, resolving, settle
from lake_core.scene.model import IngestResult


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_that_whoever_gives_up_at_the_last_moment_breaks_nothing() -> None:
    futures: list[Future[IngestResult]] = [Future() for _ in range(50_000)]
    jobs = [
        Job("entity", b"", told=resolving(future), result=IngestResult(message=""))
        for future in futures
    ]
    at = 0
    over = threading.Event()

    def give_up() -> None:
        while not over.is_set():
            futures[at].cancel()

    thread = threading.Thread(target=give_up)
    thread.start()
    try:
        for at, job in enumerate(jobs):  # noqa: B007 - the other thread looks at it
            settle([(job, None)])
    finally:
        over.set()
        thread.join()
    assert all(future.done() for future in futures)


def test_that_no_one_is_woken_before_all_are_told_and_each_once() -> None:
    happened: list[str] = []

    def wake() -> None:
        happened.append("woken")

    def told(result: IngestResult | None, error: BaseException | None) -> Wake:
        happened.append("refused" if error else "told")
        return wake

    jobs = [Job("entity", b"", told=told, result=IngestResult(message="")) for _ in range(3)]
    settle([(jobs[0], None), (jobs[1], NotFound("gone")), (jobs[2], None)])
    assert happened == ["told", "refused", "told", "woken"]
