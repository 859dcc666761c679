"""Change over HTTP: the life of one entity, differences of two instants."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

SPACE = "s"
AWKWARD = "Workspace/Part 7?"
DIFF = f"/eustress/spaces/{SPACE}/diff"


def _history_of(entity_id: str) -> str:
    return f"/eustress/spaces/{SPACE}/entities/{quote(entity_id, safe='')}/history"


@pytest.fixture
def snapshots(served: Any) -> list[str]:
    """Ids of a snapshot before and one after `AWKWARD` is changed and moved under `b`."""

    def entity(entity_id: str, **fields: Any) -> None:
        served.ingest("entity", {"space_name": SPACE, "entity": {"id": entity_id, **fields}})

    def edge(source: str, target: str) -> None:
        ends = {"source_id": source, "target_id": target, "connection_type": "hierarchy"}
        served.ingest("connection", {"space_name": SPACE, "connection": ends})

    entity("a")
    entity(AWKWARD, parameters={"energy": 1})
    edge("a", AWKWARD)
    first = served.ingest(f"snapshot/{SPACE}")["snapshot_id"]
    entity("b")
    entity(AWKWARD, position=[3, 0, 0], parameters={"energy": 2})
    edge("b", AWKWARD)
    return [first, served.ingest(f"snapshot/{SPACE}")["snapshot_id"]]


def test_that_the_life_of_an_entity_is_told(served: Any, snapshots: list[str]) -> None:
    for path in (_history_of(AWKWARD), _history_of(AWKWARD).replace("%2F", "/")):
        answer = served.get(path)
        assert answer.status == 200, answer.body
        born, moved = answer.json()
        assert (born["seq"], born["kind"], born["flux_position"]) == (2, "created", 0)
        assert (moved["seq"], moved["kind"], moved["flux_position"]) == (5, "changed", 3)
        assert moved["changed"] == {
            "position": {"before": [0.0, 0.0, 0.0], "after": [3.0, 0.0, 0.0]},
            "parameters": {"energy": {"before": 1, "after": 2}},
        }
    assert served.get(f"{_history_of(AWKWARD)}?after=2").json() == [moved]
    assert served.get(f"{_history_of(AWKWARD)}?limit=1").json() == [born]


def test_that_two_instants_are_compared(served: Any, snapshots: list[str]) -> None:
    told = served.get(f"{DIFF}?from={snapshots[0]}&to={snapshots[1]}").json()
    assert (told["from_seq"], told["to_seq"]) == (3, 7)
    assert [entity["id"] for entity in told["added"]] == ["b"]
    assert list(told["changed"]) == [AWKWARD]
    assert told["changed"][AWKWARD]["parameters"]["energy"] == {"before": 1, "after": 2}
    assert told["reparented"] == {AWKWARD: {"before": "a", "after": "b"}}
    assert told["flux_changed"] == {AWKWARD: {"before": 0, "after": 3}}
    assert [edge["source_id"] for edge in told["connections_added"]] == ["b"]
    assert [edge["source_id"] for edge in told["connections_removed"]] == ["a"]
    assert told["removed"] == []
    assert served.get(f"{DIFF}?from={snapshots[0]}").json() == told
    assert served.get(f"{DIFF}?from=3&to=7").json() == told


def test_that_what_cannot_be_told_is_refused(served: Any, snapshots: list[str]) -> None:
    nowhere = DIFF.replace("/s/", "/nowhere/")
    for path, status in (
        (_history_of("ghost"), 404),
        (_history_of("\0"), 404),
        (f"{_history_of('a')}?limit=0", 400),
        (DIFF, 400),
        (f"{DIFF}?from=noon", 400),
        (f"{DIFF}?from=0&to=99", 404),
        (f"{nowhere}?from=0&to=0", 404),
    ):
        answer = served.get(path)
        assert answer.status == status, (path, answer.body)
        assert answer.json()["success"] is False
