"""The watchdog: who waits too long is freed, who is merely slow gets through some time."""

from __future__ import annotations

import threading
import time
from functools import partial

from lake_core.store.waits import WaitClock, waiting
from lake_core.watchdog import Watchdog


def test_that_work_beyond_the_patience_is_ended_once() -> None:
    ended: list[float] = []
    dog = Watchdog(0.1, lambda: ended.append(time.monotonic()))
    dog.start()
    with dog.over():
        time.sleep(0.5)
    dog.stop()
    assert len(ended) == 1


def test_that_quick_work_is_left_alone() -> None:
    ended = threading.Event()
    dog = Watchdog(5.0, ended.set)
    dog.start()
    for _ in range(20):
        with dog.over():
            time.sleep(0.01)
    time.sleep(0.1)
    dog.stop()
    assert not ended.is_set()


def test_that_the_patience_grows_with_each_end_so_that_slow_work_gets_through() -> None:
    ended = threading.Event()
    dog = Watchdog(0.2, ended.set)
    dog.start()
    attempts = 0
    while not (attempts and not ended.is_set()):
        ended.clear()
        attempts += 1
        with dog.over():
            ended.wait(1.0)  # the work takes a second
        assert attempts < 6
    dog.stop()
    assert attempts > 1


def test_that_quick_work_that_did_not_go_well_leaves_the_patience_as_it_grew() -> None:
    ended = threading.Event()
    dog = Watchdog(0.2, ended.set)
    dog.start()
    for went_well in (False, True):
        with dog.over(lambda: False):
            assert ended.wait(5.0)
        ended.clear()
        with dog.over(partial(bool, went_well)):  # false: such as what goes to the spool
            pass
        with dog.over(lambda: False):  # would be ended at first, and gets through with patience
            assert ended.wait(0.3) is went_well
        ended.clear()
    dog.stop()


def test_that_work_that_is_busy_but_does_not_wait_is_left_alone() -> None:
    ended = threading.Event()
    waits = WaitClock()
    dog = Watchdog(0.1, ended.set, waits.seconds)
    dog.start()
    with waits.of_this_thread(), dog.over():
        assert not ended.wait(0.5)  # long, and nobody is waited for
        with waiting():
            assert ended.wait(5.0)
    dog.stop()


def test_that_the_waits_of_one_piece_of_work_are_counted_together() -> None:
    ended = threading.Event()
    waits = WaitClock()
    dog = Watchdog(0.2, ended.set, waits.seconds)
    dog.start()
    with waits.of_this_thread(), dog.over():
        while not ended.is_set() and waits.seconds() < 2.0:
            with waiting():
                time.sleep(0.02)
    dog.stop()
    assert ended.is_set()


def test_that_a_thread_with_no_clock_waits_uncounted() -> None:
    waits = WaitClock()
    with waits.of_this_thread():
        pass
    with waiting():
        time.sleep(0.01)
    assert waits.seconds() == 0.0
