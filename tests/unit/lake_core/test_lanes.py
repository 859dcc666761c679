"""Which requests must wait for which."""

from __future__ import annotations

from lake_core.jobs import SNAPSHOT
from lake_core.lanes import Lanes, Waiting, lanes_of
from lake_core.scene.operations import OPERATIONS, Part, pack


def test_that_a_request_runs_in_the_lanes_of_all_it_touches() -> None:
    assert lanes_of("entity", b'{"space_name": "a", "entity": {"id": "x"}}') == Lanes({"a"})
    assert lanes_of(SNAPSHOT, b"a") == Lanes({"a"})
    lines = (b'{"op": "entity", "space_name": "a"}', b"no json", b'{"space_name": "b"}')
    part = pack(Part(session="one", first=1, after=0), lines)
    assert lanes_of(OPERATIONS, part) == Lanes({"a", "b"}, "one")


def test_that_what_names_no_space_runs_in_no_lane() -> None:
    for body in (b"no json", b"{}", b'{"space_name": 7}', b"\xff"):
        assert lanes_of("entity", body) == Lanes(set())


def test_that_what_shares_a_lane_with_something_that_waits_waits_behind_it() -> None:
    waiting = Waiting()
    assert not waiting
    assert not waiting.is_before(Lanes({"a"}, "one"))
    waiting.add(Lanes({"a", "b"}, "one"))
    assert waiting
    assert waiting.is_before(Lanes({"b", "c"}))
    assert waiting.is_before(Lanes({"c"}, "one"))
    assert not waiting.is_before(Lanes({"c"}, "two"))
    assert not waiting.is_before(Lanes({"c"}))  # of no session is not of one session
