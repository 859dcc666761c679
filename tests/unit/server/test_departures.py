"""Requests on their way from the loop to the lake."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from lake_core.errors import QueueFull
from lake_core.jobs import Wake
from lake_core.scene.model import IngestResult
from server.departures import MOST_TURNS, Departures


def untold(result: IngestResult | None, error: BaseException | None) -> None:
    raise AssertionError("no request was refused")


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_that_requests_of_one_burst_leave_in_one_turn_and_in_order() -> None:
    passed, left = 0, list[tuple[int, int]]()

    def leave(number: int) -> None:
        left.append((passed, number))

    async def run() -> None:
        nonlocal passed
        departures = Departures()
        for number in range(6):
            departures.add(partial(leave, number), untold)
            if number % 2:  # two in a turn
                await turns(1)
                passed += 1
        for _ in range(MOST_TURNS):
            await turns(1)
            passed += 1

    asyncio.run(run())
    assert [number for _, number in left] == list(range(6))
    assert len({turn for turn, _ in left}) == 1


def test_that_those_of_a_burst_without_an_end_are_not_kept_waiting() -> None:
    async def run() -> None:
        departures, left = Departures(), list[int]()
        for number in range(10 * MOST_TURNS):
            departures.add(partial(left.append, number), untold)
            await turns(1)
            assert number - len(left) <= MOST_TURNS
        await turns(MOST_TURNS)
        assert left == list(range(10 * MOST_TURNS))

    asyncio.run(run())


@pytest.mark.parametrize("error", [QueueFull("full"), RuntimeError("a bug")])
def test_that_one_that_is_refused_is_told_why_and_the_others_go(error: Exception) -> None:
    happened: list[object] = []

    def refuse() -> None:
        raise error

    def told(result: IngestResult | None, why: BaseException | None) -> Wake:
        happened.append(type(why))
        return lambda: happened.append("woken")

    async def run() -> None:
        departures = Departures()
        takes: list[Callable[[], None]] = [
            partial(happened.append, 1),
            refuse,
            partial(happened.append, 3),
        ]
        for take in takes:
            departures.add(take, told)
        await turns(MOST_TURNS + 1)

    asyncio.run(run())
    assert happened == [1, type(error), "woken", 3]
