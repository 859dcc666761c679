from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future

import pytest

from lake_core.errors import QueueFull
from server.arrivals import Arrivals


def test_that_each_result_arrives_at_its_own_waiter() -> None:
    async def run() -> list[int]:
        arrivals = Arrivals()
        futures: list[Future[int]] = [Future() for _ in range(1000)]
        waiting = [arrivals.wait(future) for future in futures]

        def resolve(part: list[Future[int]]) -> None:
            for future in part:
                future.set_result(futures.index(future))

        threads = [threading.Thread(target=resolve, args=(futures[n::4],)) for n in range(4)]
        for thread in threads:
            thread.start()
        results = await asyncio.wait_for(asyncio.gather(*waiting), 10)
        for thread in threads:
            thread.join()
        return results

    assert asyncio.run(run()) == list(range(1000))


def test_that_errors_and_what_is_done_already_arrive_too() -> None:
    async def run() -> None:
        arrivals = Arrivals()
        done: Future[str] = Future()
        done.set_result("done")
        failed: Future[str] = Future()
        waiting = arrivals.wait(failed)
        failed.set_exception(QueueFull("full"))
        assert await arrivals.wait(done) == "done"
        with pytest.raises(QueueFull):
            await waiting

    asyncio.run(run())


def test_that_a_waiter_that_gave_up_leaves_the_others_and_the_work_alone() -> None:
    async def run() -> None:
        arrivals = Arrivals()
        first: Future[int] = Future()
        second: Future[int] = Future()
        given_up, waiting = arrivals.wait(first), arrivals.wait(second)
        given_up.cancel()
        first.set_result(1)
        second.set_result(2)
        assert await waiting == 2
        assert first.result() == 1

    asyncio.run(run())


def test_that_a_result_after_the_loop_has_closed_is_no_error() -> None:
    future: Future[int] = Future()

    async def leave() -> None:
        Arrivals().wait(future).cancel()

    asyncio.run(leave())
    future.set_result(1)
