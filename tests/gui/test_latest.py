"""Questions that follow a hand: one at a time, and only the last is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event

import pytest
from pytestqt.qtbot import QtBot

from lake_core.errors import Cancelled, LakeError, NotFound
from studio.latest import IsStale, Latest
from studio.workers import Workers


@pytest.fixture
def workers(qtbot: QtBot) -> Iterator[Workers]:
    workers = Workers()
    yield workers
    workers.close()


def test_that_of_many_questions_the_last_is_answered(workers: Workers, qtbot: QtBot) -> None:
    answers: list[int] = []
    asked: list[int] = []
    gate = Event()

    def answer(number: int) -> Callable[[IsStale], int]:
        def call(is_stale: IsStale) -> int:
            asked.append(number)
            gate.wait(10)
            if is_stale():
                raise Cancelled("not wanted")
            return number

        return call

    latest = Latest[int](workers, answers.append, lambda _: None)
    for number in range(5):
        latest.ask(answer(number))
    gate.set()
    qtbot.waitUntil(lambda: bool(answers))
    assert (asked, answers) == ([0, 4], [4])


def test_that_an_answer_no_one_waits_for_is_not_told(workers: Workers, qtbot: QtBot) -> None:
    answers: list[int] = []
    latest = Latest[int](workers, answers.append, lambda _: None)
    gate = Event()
    latest.ask(lambda _: gate.wait(10) + 0)
    latest.forget()
    gate.set()
    latest.ask(lambda _: 7)
    qtbot.waitUntil(lambda: answers == [7])


def test_that_a_fault_is_told_and_the_next_question_answered(
    workers: Workers, qtbot: QtBot
) -> None:
    answers: list[int] = []
    faults: list[LakeError] = []

    def fail(_: IsStale) -> int:
        raise NotFound("no such space")

    latest = Latest[int](workers, answers.append, faults.append)
    latest.ask(fail)
    qtbot.waitUntil(lambda: [str(one) for one in faults] == ["no such space"])
    latest.ask(lambda _: 1)
    qtbot.waitUntil(lambda: answers == [1])
