"""Tests for how Python is set up while a window is there."""

from __future__ import annotations

import gc
import sys
import threading

from pytestqt.qtbot import QtBot

from lake_core.garbage import MANY, MOST_UNSEEN, without_collections
from studio.interpreter import THRESHOLDS, calm_interpreter


class Cycle:
    """Only the collector takes it away, and it says in which thread."""

    def __init__(self, taken_in: list[threading.Thread]) -> None:
        self._self, self._taken_in = self, taken_in

    def __del__(self) -> None:
        self._taken_in.append(threading.current_thread())


def leave_garbage(taken_in: list[threading.Thread]) -> None:
    """A cycle, and as much work as has Python look for garbage several times."""
    Cycle(taken_in)
    for _ in range(3):
        assert [[at] for at in range(2 * THRESHOLDS[0])]


def make_a_scene() -> list[list[int]]:
    with without_collections():
        return [[at] for at in range(2 * MANY)]


def in_a_worker(taken_in: list[threading.Thread]) -> None:
    worker = threading.Thread(target=leave_garbage, args=[taken_in])
    worker.start()
    worker.join()


def test_that_a_workers_garbage_is_collected_in_the_windows_thread(qtbot: QtBot) -> None:
    taken_in: list[threading.Thread] = []
    with calm_interpreter():
        in_a_worker(taken_in)
        assert not taken_in
        kept = [[at] for at in range(2 * THRESHOLDS[0])]
        qtbot.waitUntil(lambda: bool(taken_in))
    assert taken_in == [threading.main_thread()]
    assert kept


def test_that_nothing_is_collected_while_a_scene_is_made(qtbot: QtBot) -> None:
    taken_in: list[threading.Thread] = []
    with calm_interpreter():
        with without_collections():
            in_a_worker(taken_in)
            kept = [[at] for at in range(THRESHOLDS[0] + 1)]
            qtbot.wait(300)
            assert not taken_in
        qtbot.waitUntil(lambda: bool(taken_in))
    assert kept


def test_that_what_was_taken_for_old_with_a_scene_is_collected_there_too(qtbot: QtBot) -> None:
    taken_in: list[threading.Thread] = []
    with calm_interpreter():
        Cycle(taken_in)
        for _ in range(MOST_UNSEEN):
            assert not taken_in
            worker = threading.Thread(target=make_a_scene)
            worker.start()
            worker.join()
        qtbot.waitUntil(lambda: bool(taken_in))
    assert taken_in == [threading.main_thread()]


def test_that_the_interpreter_is_afterwards_as_it_was(qtbot: QtBot) -> None:
    was = gc.isenabled()
    for is_enabled in (False, True):
        (gc.enable if is_enabled else gc.disable)()
        turn = sys.getswitchinterval()
        with calm_interpreter():
            assert not gc.isenabled()
        assert gc.isenabled() == is_enabled
        assert sys.getswitchinterval() == turn
    (gc.enable if was else gc.disable)()
