from __future__ import annotations

from lake_core.recent import MOST_ANSWERS, MOST_SESSIONS, RecentAnswers, RecentSessions
from lake_core.scene.operations import Standing
from lake_core.store.log import Answer


def test_that_the_session_not_used_for_longest_makes_room() -> None:
    sessions = RecentSessions()
    for number in range(MOST_SESSIONS):
        sessions.put(str(number), Standing(position=number))
    sessions.put("0", Standing(position=7))
    sessions.put("new", Standing(position=1))
    assert sessions.get("1") is None
    assert sessions.get("0") == Standing(position=7)
    assert sessions.get("2") == Standing(position=2)
    sessions.clear()
    assert sessions.get("new") is None


def test_that_the_oldest_answer_makes_room() -> None:
    answers = RecentAnswers()
    answers.put(Answer(str(number), b"hash", "{}") for number in range(MOST_ANSWERS + 2))
    assert answers.find(["0", "1", "2", "unknown"]) == {"2": (b"hash", "{}")}
