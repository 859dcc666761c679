"""Curating over HTTP: what people say of snapshots, deleting them, bringing them back."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest

from lake_core.errors import Conflict, NotFound
from lake_core.lake import Lake
from lake_core.live import SnapshotChanged, SnapshotDeleted, SnapshotRestored
from lake_core.scene.model import SnapshotEdit

SPACE = "s"
LIST = f"/eustress/ingest/snapshots/{SPACE}"
VIEWS = {
    "eustress_snapshots": "id",
    "eustress_entities": "snapshot_id",
    "eustress_hierarchy": "snapshot_id",
}


@pytest.fixture
def snapshots(served: Any) -> list[str]:
    """The ids of three snapshots, oldest first."""
    ids = []
    for number in range(3):
        served.ingest("entity", {"space_name": SPACE, "entity": {"id": f"e{number}"}})
        ids.append(served.ingest(f"snapshot/{SPACE}")["snapshot_id"])
    return ids


def _one(snapshot_id: str) -> str:
    return f"/eustress/snapshots/{snapshot_id}"


def _patch(served: Any, snapshot_id: str, edit: Any) -> Any:
    return served.request("PATCH", _one(snapshot_id), edit)


def _delete(served: Any, snapshot_id: str) -> Any:
    return served.request("DELETE", _one(snapshot_id))


def _listed(served: Any) -> list[str]:
    return [item["id"] for item in served.get(f"{LIST}?view=summary").json()]


def _in_sql(database_url: str, snapshot_id: str) -> list[str]:
    """The views in which the snapshot shows."""
    with psycopg.connect(database_url) as connection:
        return [
            view
            for view, column in VIEWS.items()
            if connection.execute(
                f"SELECT 1 FROM {view} WHERE {column} = %s", [snapshot_id]
            ).fetchone()
        ]


def test_that_what_is_said_of_a_snapshot_shows_wherever_it_is_told(
    served: Any, snapshots: list[str]
) -> None:
    said = {"pinned": True, "tags": ["good", "night"], "note": "after the fix", "rating": 4}
    answer = _patch(served, snapshots[1], said)
    assert answer.status == 200, answer.body
    summary = answer.json()
    assert {name: summary[name] for name in said} == said
    assert served.get(f"{LIST}?view=summary").json()[1] == summary
    for full in (served.get(_one(snapshots[1])).json(), served.get(LIST).json()[1]):
        assert {name: full[name] for name in summary} == summary
        assert [entity["id"] for entity in full["entities"]] == ["e0", "e1"]


def test_that_what_an_edit_leaves_out_stays_and_null_takes_a_rating_back(
    served: Any, snapshots: list[str]
) -> None:
    _patch(served, snapshots[0], {"pinned": True, "tags": ["a"], "note": "n", "rating": 5})
    edited = _patch(served, snapshots[0], {"rating": None}).json()
    assert (edited["pinned"], edited["tags"], edited["note"]) == (True, ["a"], "n")
    assert edited["rating"] is None
    assert _patch(served, snapshots[0], {}).json() == edited
    cleared = _patch(served, snapshots[0], {"pinned": False, "tags": [], "note": ""}).json()
    assert (cleared["pinned"], cleared["tags"], cleared["note"]) == (False, [], "")


BAD_EDITS: list[tuple[Any, int, str | None]] = [
    ({"rating": 6}, 400, "/rating"),
    ({"rating": -1}, 400, "/rating"),
    ({"rating": 2.5}, 400, "/rating"),
    ({"pinned": "yes"}, 400, "/pinned"),
    ({"pinned": None}, 400, "/pinned"),
    ({"tags": "good"}, 400, "/tags"),
    ({"tags": ["a", 3]}, 400, "/tags/1"),
    ({"tags": [""]}, 400, "/tags/0"),
    ({"tags": ["a", " "]}, 400, "/tags/1"),
    ({"note": 3}, 400, "/note"),
    ({"stars": 3}, 400, ""),
    ([], 400, ""),
    ({"tags": ["a\0"]}, 422, "/tags/0"),
    ({"note": "a\0"}, 422, "/note"),
    ({"note": "x" * 10_001}, 413, None),
]
"""An edit, the status, the field at fault."""


def test_that_an_edit_that_cannot_be_names_the_field_and_changes_nothing(
    served: Any, snapshots: list[str]
) -> None:
    before = served.get(LIST).json()
    for edit, status, pointer in BAD_EDITS:
        answer = _patch(served, snapshots[0], edit)
        assert answer.status == status, (edit, answer.body)
        if pointer is not None:
            assert [field["pointer"] for field in answer.json()["errors"]] == [pointer], edit
    assert served.get(LIST).json() == before


def test_that_a_deleted_snapshot_is_gone_everywhere_and_comes_back(
    served: Any, snapshots: list[str], database_url: str
) -> None:
    gone = snapshots[1]
    _patch(served, gone, {"note": "kept"})
    changes = served.get("/eustress/spaces").json()[0]["changes"]
    assert _delete(served, gone).json()["success"] is True
    assert _listed(served) == [snapshots[0], snapshots[2]]
    assert _in_sql(database_url, gone) == []
    assert served.get("/eustress/ingest/stats").json()["total_snapshots"] == 2
    [space] = served.get("/eustress/spaces").json()
    assert (space["snapshots"], space["changes"]) == (2, changes)
    for answer in (
        served.get(_one(gone)),
        served.get(f"/eustress/spaces/{SPACE}/entities?at={gone}"),
        served.post("/eustress/epochs", {"snapshot_ids": [gone]}),
        _delete(served, gone),
        _patch(served, gone, {"note": "unseen"}),
    ):
        assert answer.status == 404, answer.body
    back = _patch(served, gone, {"deleted": False})
    assert back.status == 200, back.body
    assert back.json()["note"] == "kept"
    assert _listed(served) == snapshots
    assert _in_sql(database_url, gone) == list(VIEWS)
    assert served.post("/eustress/epochs", {"snapshot_ids": [gone]}).status == 201


def test_that_an_epoch_over_a_time_leaves_deleted_snapshots_out(
    served: Any, snapshots: list[str]
) -> None:
    _delete(served, snapshots[1])
    asked = {"space_name": SPACE, "from": "2000-01-01T00:00:00Z"}
    epoch = served.post("/eustress/epochs", asked).json()
    assert epoch["snapshot_ids"] == [snapshots[0], snapshots[2]]


def test_that_what_an_epoch_holds_is_not_deleted_until_the_epoch_is(
    served: Any, snapshots: list[str]
) -> None:
    body = {"name": "night", "snapshot_ids": snapshots[:2]}
    epoch = served.post("/eustress/epochs", body).json()
    for answer in (
        _delete(served, snapshots[0]),
        _patch(served, snapshots[0], {"deleted": True, "note": "not kept"}),
    ):
        assert answer.status == 409, answer.body
        assert "night" in answer.json()["detail"]
    assert served.get(_one(snapshots[0])).json()["note"] == ""
    assert _delete(served, snapshots[2]).status == 200
    served.request("DELETE", f"/eustress/epochs/{epoch['id']}")
    assert _delete(served, snapshots[0]).status == 200


def test_that_snapshots_that_are_not_there_are_404(served: Any) -> None:
    nowhere = "550e8400-e29b-41d4-a716-446655440000"
    assert _patch(served, nowhere, {"pinned": True}).status == 404
    assert _patch(served, nowhere, {"deleted": False}).status == 404
    assert _delete(served, nowhere).status == 404
    assert _delete(served, "7").status == 400


def test_that_viewers_learn_what_became_of_a_snapshot(lake: Lake) -> None:
    lake.ingest("entity", b'{"space_name": "s", "entity": {"id": "a"}}').result(10)
    snapshot_id = lake.create_snapshot(SPACE).result(10).snapshot_id
    assert snapshot_id is not None
    told: list[Any] = []
    lake.add_listener(told.append)
    lake.edit_snapshot(snapshot_id, SnapshotEdit(pinned=True))
    lake.delete_snapshot(snapshot_id)
    lake.edit_snapshot(snapshot_id, SnapshotEdit(deleted=False))
    assert [type(notice) for notice in told] == [SnapshotChanged, SnapshotDeleted, SnapshotRestored]
    assert all(notice.summary.id == snapshot_id for notice in told)
    assert [notice.summary.pinned for notice in told] == [True, True, True]


def test_that_of_deleting_and_holding_at_once_one_wins(lake: Lake) -> None:
    lake.ingest("entity", b'{"space_name": "s", "entity": {"id": "a"}}').result(10)
    for _ in range(20):
        snapshot_id = lake.create_snapshot(SPACE).result(10).snapshot_id
        assert snapshot_id is not None
        start = threading.Barrier(2)
        refused: list[type[Exception]] = []

        def attempt(deed: Any, start: threading.Barrier = start, refused: Any = refused) -> None:
            start.wait()
            try:
                deed()
            except (Conflict, NotFound) as error:
                refused.append(type(error))

        deeds = (
            lambda held=snapshot_id: lake.create_epoch([held]),
            lambda held=snapshot_id: lake.delete_snapshot(held),
        )
        threads = [threading.Thread(target=attempt, args=[deed]) for deed in deeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        held = any(snapshot_id in epoch.snapshot_ids for epoch in lake.epochs())
        shown = any(summary.id == snapshot_id for summary in lake.snapshots(SPACE))
        assert held == shown
        assert refused == [Conflict if held else NotFound]
