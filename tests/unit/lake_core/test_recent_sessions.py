from __future__ import annotations

from lake_core.register import MOST_SESSIONS, RecentSessions
from lake_core.scene.operations import Standing


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
