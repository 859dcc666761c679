"""Reading over HTTP: snapshots within bounds, entities now and then, epochs."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

SPACE = "s"
SNAPSHOTS = f"/eustress/ingest/snapshots/{SPACE}"
ENTITIES = f"/eustress/spaces/{SPACE}/entities"


def _ids(answer: Any) -> list[str]:
    assert answer.status == 200, answer.body
    return [item["id"] for item in answer.json()]


@pytest.fixture
def history(served: Any) -> list[dict[str, Any]]:
    """Five snapshots, entity `e<n>` new in the n-th; their summaries, oldest first."""
    for number in range(5):
        entity = {"id": f"e{number}", "class_type": "AB"[number % 2], "position": [number, 0, 0]}
        served.ingest("entity", {"space_name": SPACE, "entity": entity})
        served.ingest(f"snapshot/{SPACE}")
    summaries: list[dict[str, Any]] = served.get(f"{SNAPSHOTS}?view=summary").json()
    return summaries


def test_that_summaries_leave_the_bulk_out(history: list[dict[str, Any]]) -> None:
    assert [summary["metadata"]["entity_count"] for summary in history] == [1, 2, 3, 4, 5]
    assert [summary["seq"] for summary in history] == [1, 2, 3, 4, 5]
    for summary in history:
        assert (summary["trigger"], summary["pinned"]) == ("manual", False)
        assert not {"entities", "connections", "hierarchy", "parameters"} & set(summary)


@pytest.mark.parametrize("view", ["full", "summary"])
def test_that_lists_of_snapshots_are_bounded(
    served: Any, history: list[dict[str, Any]], view: str
) -> None:
    ids = [summary["id"] for summary in history]
    times = [summary["timestamp"] for summary in history]

    def listed(query: str) -> list[str]:
        return _ids(served.get(f"{SNAPSHOTS}?view={view}&{query}"))

    assert listed("") == ids
    assert listed("limit=2") == ids[:2]
    assert listed(f"after={ids[1]}") == ids[2:]
    assert listed(f"after={ids[1]}&limit=2") == ids[2:4]
    assert listed(f"from={times[3]}") == ids[3:]
    assert listed(f"to={times[1]}") == ids[:2]
    assert listed(f"from={times[1]}&to={times[3]}") == ids[1:4]
    assert listed("from=2999-01-01T00:00:00Z") == []


def test_that_one_snapshot_is_the_same_as_in_the_list(
    served: Any, history: list[dict[str, Any]]
) -> None:
    full = served.get(SNAPSHOTS).json()
    for snapshot in full:
        assert served.get(f"/eustress/snapshots/{snapshot['id']}").json() == snapshot
    assert _ids_in(full[2]) == ["e0", "e1", "e2"]


def _ids_in(snapshot: dict[str, Any]) -> list[str]:
    return [entity["id"] for entity in snapshot["entities"]]


def test_that_entities_are_listed_now_and_at_an_instant(
    served: Any, history: list[dict[str, Any]]
) -> None:
    assert _ids(served.get(ENTITIES)) == ["e0", "e1", "e2", "e3", "e4"]
    for at in (history[2]["id"], "3", history[2]["timestamp"]):
        assert _ids(served.get(f"{ENTITIES}?at={at}")) == ["e0", "e1", "e2"]
    assert _ids(served.get(f"{ENTITIES}?flux=3,6,9")) == ["e3"]
    assert _ids(served.get(f"{ENTITIES}?class_type=B&at={history[3]['id']}")) == ["e1", "e3"]
    [third] = served.get(f"{ENTITIES}?q=E3").json()
    assert (third["flux_position"], third["depth"], third["parent_id"]) == (3, 0, None)


def test_that_entities_are_found_across_spaces(served: Any, history: list[dict[str, Any]]) -> None:
    body = {"space_name": "other", "entity": {"id": "x", "position": [6, 0, 0]}}
    served.ingest("entity", body)
    found = served.get("/eustress/entities?flux=3,6,9").json()
    assert {(item["space_name"], item["id"]) for item in found} == {(SPACE, "e3"), ("other", "x")}


def test_that_what_another_process_writes_can_be_read_here(served_with: Any) -> None:
    def send(served: Any, space_name: str, entity_id: str) -> Any:
        body = {"space_name": space_name, "entity": {"id": entity_id}}
        return served.post("/eustress/ingest/entity", body)

    with served_with() as one, served_with() as other:
        send(one, "a", "x")
        send(one, "b", "x")
        assert _ids(other.get("/eustress/entities")) == ["x", "x"]
        assert _ids(other.get("/eustress/spaces/a/entities")) == ["x"]
        # Nor has to look at them made the other their writer.
        assert send(one, "a", "y").status == send(one, "b", "y").status == 200
        assert _ids(other.get("/eustress/spaces/a/entities")) == ["x", "y"]
        assert _ids(other.get("/eustress/entities?q=y")) == ["y", "y"]


def test_that_spaces_are_listed_with_their_counts(
    served: Any, history: list[dict[str, Any]]
) -> None:
    [space] = served.get("/eustress/spaces").json()
    counts = {name: space[name] for name in ("space_name", "entities", "changes", "snapshots")}
    assert counts == {"space_name": SPACE, "entities": 5, "changes": 5, "snapshots": 5}


def test_that_an_epoch_is_created_read_and_deleted(
    served: Any, history: list[dict[str, Any]]
) -> None:
    chosen = [summary["id"] for summary in history[1:4]]
    body = {"space_name": SPACE, "name": "first", "note": "why", "snapshot_ids": chosen}
    created = served.post("/eustress/epochs", body)
    assert created.status == 201, created.body
    epoch = created.json()
    assert (epoch["snapshot_ids"], epoch["sample_count"]) == (chosen, 2 + 3 + 4)
    assert (epoch["name"], epoch["note"], epoch["space_name"]) == ("first", "why", SPACE)
    assert epoch["stats"]["total_entities"] == 4
    assert created.headers["Location"] == f"/eustress/epochs/{epoch['id']}"
    assert served.get(created.headers["Location"]).json() == epoch
    assert served.get("/eustress/epochs").json() == [epoch]
    assert served.get("/eustress/ingest/stats").json()["total_epochs"] == 1
    assert served.request("DELETE", created.headers["Location"]).json()["success"] is True
    assert served.get(created.headers["Location"]).status == 404
    assert served.get("/eustress/epochs").json() == []


def test_that_an_epoch_is_chosen_by_time(served: Any, history: list[dict[str, Any]]) -> None:
    body = {"space_name": SPACE, "from": history[1]["timestamp"], "to": history[2]["timestamp"]}
    epoch = served.post("/eustress/epochs", body).json()
    assert epoch["snapshot_ids"] == [summary["id"] for summary in history[1:3]]


def test_that_an_epoch_that_cannot_be_is_refused(
    served: Any, history: list[dict[str, Any]]
) -> None:
    known, unknown = history[0]["id"], str(uuid4())
    served.ingest("entity", {"space_name": "other", "entity": {"id": "a"}})
    for body, status in (
        ({"space_name": SPACE, "snapshot_ids": []}, 400),
        ({"space_name": SPACE, "snapshot_ids": [unknown]}, 404),
        ({"snapshot_ids": [known, unknown]}, 404),
        ({"space_name": "other", "snapshot_ids": [known]}, 400),
        ({"space_name": SPACE, "from": "2999-01-01T00:00:00Z"}, 400),
        ({"space_name": "nowhere", "from": "1999-01-01T00:00:00Z"}, 404),
    ):
        assert served.post("/eustress/epochs", body).status == status, body
    assert served.get("/eustress/epochs").json() == []
