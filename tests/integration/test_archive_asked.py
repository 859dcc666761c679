"""`lake archive`, `lake restore` and `lake archives`, and archives over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from lake_core.lake import Lake

Run = Callable[..., Any]


@pytest.fixture
def space(lake: Lake) -> str:
    """A space with four snapshots of its own accord."""
    for step in range(4):
        entities = [{"id": f"e{i}", "position": [step, i, 0]} for i in range(100)]
        body = msgspec.json.encode({"space_name": "lab", "entities": entities})
        lake.ingest("batch", body).result(20)
    return "lab"


def grow_old(database_url: str) -> None:
    """As if all keyframes had been there for an hour."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE lake_keyframes SET created_at = now() - interval '1 hour'")


def test_that_a_space_is_archived_listed_and_restored_from_a_shell(
    run: Run, space: str, tmp_path: Path, database_url: str
) -> None:
    assert "nothing was put away" in run("archives")
    place = str(tmp_path / "cold")
    told = run("archive", space, place, "--before", "300", "--json")
    assert (told["state"], told["to_seq"], told["place"]) == ("checked", 300, place)
    grow_old(database_url)
    assert "there alone" in run("archive", space, place, "--wait")
    listed = run("archives", space)
    assert place in listed
    assert "1–300" in listed
    assert len(run("snapshots", space, "--json")) == 2
    assert "1, 300 changes" in run("status")
    told = run("status", "--json")["upkeep"]
    assert (told["archives"], told["archived_changes"], told["worries"]) == (1, 300, [])
    code, said = run("state", space, "--at", "200")
    assert (code, place in said) == (1, True)
    code, said = run("archive", space, place, "--before", "400")
    assert (code, "holds an archive already" in said) == (1, True)
    assert "1 to 300" in run("restore", place)
    assert len(run("snapshots", space, "--json")) == 4
    assert run("verify", "--json")["ok"]
    told = run("archive", space, place + "2", "--before", "300", "--json")
    assert place + "2" in run("archives", "--forget", told["id"])
    assert run("archives", "--json") == []
    code, said = run("restore", str(tmp_path / "elsewhere"))
    assert (code, "no archive of a lake" in said) == (2, True)
    code, said = run("archives", "nowhere")
    assert (code, "no space" in said) == (1, True)


def test_that_waiting_ends_where_what_was_archived_may_not_go(
    run: Run, space: str, lake: Lake, tmp_path: Path, database_url: str
) -> None:
    place = str(tmp_path / "cold")
    run("archive", space, place)
    lake.create_epoch([lake.snapshots(space)[0].id], "walk")
    grow_old(database_url)
    code, said = run("archive", space, place, "--wait")
    assert (code, "in epoch ‘walk’" in said) == (1, True)
    told = run("status")
    assert "needs a hand" in told
    assert "archive failed: what is before 400 must stay here" in told
    code, said = run("archives", "--dismiss")
    assert (code, "of which space" in said) == (2, True)
    assert place in run("archives", space, "--dismiss")
    assert "needs a hand" not in run("status")
    assert len(lake.snapshots(space)) == 4


def test_that_an_archived_snapshot_answers_410_and_where_it_is(served: Any, tmp_path: Path) -> None:
    ids = []
    for step in range(3):
        entity = {"id": "a", "position": [step, 0, 0]}
        served.ingest("entity", {"space_name": "lab", "entity": entity})
        ids.append(served.ingest("snapshot/lab")["snapshot_id"])
    assert served.get("/eustress/archives").json() == []
    served.request("PUT", "/eustress/policies/schedule", {"every": 3600})
    place = str(tmp_path / "cold")
    served.lake.archive("lab", place, settled=0.0)
    (told,) = served.get("/eustress/archives").json()
    assert (told["place"], told["state"], told["snapshots"]) == (place, "archived", 2)
    figures = served.get("/metrics").body.decode()
    assert "lake_archives 1.0" in figures
    assert f"lake_archived_bytes {float(told['bytes'])}" in figures
    assert "lake_upkeep_worries 0.0" in figures
    assert "lake_upkeep_failures 0.0" in figures
    assert "lake_next_scheduled_snapshot_timestamp_seconds" in figures
    gone = f"/eustress/snapshots/{ids[0]}"
    for answer in (
        served.get(gone),
        served.request("PATCH", gone, {"pinned": True}),
        served.get(f"/eustress/spaces/lab/entities?at={ids[1]}"),
        served.get("/eustress/spaces/lab/entities?at=1"),
        served.post("/eustress/epochs", {"snapshot_ids": [ids[0]]}),
    ):
        assert answer.status == 410, answer.body
        assert answer.json()["title"] == "In an archive"
        assert place in answer.json()["detail"]
    assert served.get(f"/eustress/snapshots/{ids[2]}").status == 200
    served.lake.restore_archive(place)
    assert served.get(gone).json()["entities"][0]["position"] == [0.0, 0.0, 0.0]
