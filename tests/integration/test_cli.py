"""The `lake` command as a shell runs it: a process of its own on a real lake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lake_core.settings import Settings

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Served = Any  # the server fixture's class lives in conftest.py, which is not imported


@pytest.fixture
def lake(settings: Settings, tmp_path: Path) -> Run:
    """Runs `lake …` on this test's database; `port` is that of a running server, if any."""

    def run(*arguments: str, port: int = 1) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "DATABASE_URL": settings.database_url or "",
            "LAKE_DATA_DIR": str(tmp_path / "data"),
            "LAKE_PORT": str(port),
        }
        command = [sys.executable, "-c", "from lake_core.cli import main; main()", *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def _fill(served: Served) -> None:
    entities = [{"id": "root", "position": [9, 0, 0]}, {"id": "leaf", "name": "[red]Leaf"}]
    edge = {"source_id": "root", "target_id": "leaf", "connection_type": "hierarchy"}
    served.ingest("batch", {"space_name": "lab", "entities": entities, "connections": [edge]})


def _ok(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_that_the_server_of_a_data_directory_is_found_on_any_port(
    served: Served, lake: Run, tmp_path: Path
) -> None:
    _fill(served)
    assert _ok(lake("status", "--json", "--data-dir", str(tmp_path)))["server"] == served.url
    assert _ok(lake("status", "--json"))["server"] is None  # of another data directory


def test_that_the_help_of_every_command_is_there(lake: Run) -> None:
    for command in (
        [],
        ["status"],
        ["spaces"],
        ["snapshot"],
        ["snapshots"],
        ["state"],
        ["diff"],
        ["verify"],
        ["export"],
        ["replay"],
        ["epoch"],
        ["epoch", "create"],
        ["epoch", "merge"],
        ["epoch", "compare"],
    ):
        assert "Usage:" in lake(*command, "--help").stdout


def test_that_rules_choose_the_snapshots_of_an_epoch(served: Served, lake: Run) -> None:
    _fill(served)
    for x in (1, 1, 3, 3):
        served.ingest("entity", {"space_name": "lab", "entity": {"id": "x", "position": [x, 0, 0]}})
        served.ingest("snapshot/lab")
    epoch = _ok(lake("epoch", "create", "lab", "--distinct", "--json"))
    assert len(epoch["snapshot_ids"]) == 2
    epoch = _ok(lake("epoch", "create", "lab", "--min-sacred", "0.5", "--json"))
    assert len(epoch["snapshot_ids"]) == 2
    refused = lake("epoch", "create", "lab", "--min-sacred", "0.9")
    assert refused.returncode != 0
    assert "none of the 4 snapshots passes the rules" in refused.stderr
    assert "no stretch of time" in lake("epoch", "create", "lab", "--apart", "nan").stderr


def test_that_epochs_are_merged_and_compared(served: Served, lake: Run) -> None:
    _fill(served)
    for x, name in ((1, "one"), (3, "two")):
        served.ingest("entity", {"space_name": "lab", "entity": {"id": "x", "position": [x, 0, 0]}})
        snapshot_id = served.ingest("snapshot/lab")["snapshot_id"]
        _ok(lake("epoch", "create", "--snapshot", snapshot_id, "--name", name, "--json"))
    made = _ok(lake("epoch", "merge", "one", "two", "--name", "both", "--json"))
    assert (made["sample_count"], len(made["derived_from"])) == (6, 2)
    found = _ok(lake("epoch", "compare", "one", "both", "--json"))
    assert found["figures"]["sample_count"] == [3, 6]
    assert (found["only_in_first"], len(found["only_in_second"])) == ([], 1)
    assert "3 → 6" in lake("epoch", "compare", "one", "both").stdout


def test_that_an_epoch_is_made_shown_exported_and_deleted(
    lake: Run, served: Served, tmp_path: Path
) -> None:
    _fill(served)
    taken = lake("snapshot", "lab", port=served.port)
    assert taken.returncode == 0, taken.stderr
    snapshots = _ok(lake("snapshots", "lab", "--json"))
    assert [each["id"] for each in snapshots] == [taken.stdout.strip()]
    assert "lab" in lake("spaces").stdout
    assert _ok(lake("spaces", "--json"))[0]["entities"] == 2
    status = _ok(lake("status", "--json", port=served.port))
    assert (status["total_snapshots"], status["server"]) == (1, served.url)

    epoch = _ok(lake("epoch", "create", "lab", "--name", "first", "--json"))
    assert epoch["sample_count"] == 2
    assert [each["id"] for each in _ok(lake("epoch", "list", "--json"))] == [epoch["id"]]
    assert epoch["content_hash"] in lake("epoch", "show", "first").stdout

    out = str(tmp_path / "out")
    report = _ok(lake("export", epoch["id"][:8], out, "--format", "jsonl", "--json"))
    assert (report["samples"], report["connections"]) == (2, 1)
    again = lake("export", "first", out)
    assert again.returncode == 1
    assert "exists already" in again.stderr

    assert lake("epoch", "delete", "first").returncode == 0
    assert _ok(lake("epoch", "list", "--json")) == []


def test_that_a_snapshot_is_taken_without_a_server_too(
    lake: Run, served_with: Any, tmp_path: Path
) -> None:
    with served_with() as served:
        _fill(served)
    assert _ok(lake("snapshot", "lab", "--json"))["snapshot_id"]
    assert len(_ok(lake("snapshots", "lab", "--json"))) == 1


def test_that_faults_are_one_line_on_stderr_and_exit_1(lake: Run, tmp_path: Path) -> None:
    for arguments, reason in (
        (["snapshots", "nowhere"], "nowhere"),
        (["epoch", "show", "nothing"], "nothing"),
        (["epoch", "create"], "no snapshot is chosen"),
        (["snapshots", "nowhere", "--from", "noon"], "noon"),
        (["export", "x", str(tmp_path / "o"), "--split", "train=2"], "split"),
        (["replay", __file__], "no lake answers"),
        (["status", "--port", "99999"], "99999"),
        (["state", "nowhere"], "nowhere"),
        (["state", "nowhere", "--at", "noon"], "noon"),
        (["diff", "nowhere", "0", "1"], "nowhere"),
        (["verify", "nowhere"], "nowhere"),
    ):
        done = lake(*arguments)
        assert done.returncode == 1, (arguments, done.stdout, done.stderr)
        assert reason in done.stderr
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith("lake: ")


def test_that_a_recording_is_replayed_into_a_running_server(
    lake: Run, served: Served, tmp_path: Path
) -> None:
    recording = tmp_path / "recording.jsonl"
    lines = [{"op": "entity", "space_name": "a", "entity": {"id": str(n)}} for n in range(50)]
    recording.write_text("\n".join(json.dumps(line) for line in lines))
    arguments = ("replay", str(recording), "--url", served.url, "--as-fast", "--space", "b")
    done = lake(*arguments)
    assert done.returncode == 0, done.stderr
    assert "50 operations committed" in done.stdout
    (space,) = served.lake.spaces()
    assert (space.space_name, space.entities) == ("b", 50)


def test_that_a_refused_operation_makes_a_replay_fail(
    lake: Run, served: Served, tmp_path: Path
) -> None:
    recording = tmp_path / "recording.jsonl"
    recording.write_text('{"op": "entity", "space_name": "a", "entity": {"id": " "}}\n')
    done = lake("replay", str(recording), "--url", served.url)
    assert done.returncode == 1
    assert "refused" in done.stderr


def test_that_a_state_and_a_difference_are_shown(lake: Run, served: Served) -> None:
    _fill(served)
    first = served.ingest("snapshot/lab")["snapshot_id"]
    changed = {"id": "leaf", "position": [3, 0, 0], "parameters": {"note": "x" * 100}}
    served.ingest("entity", {"space_name": "lab", "entity": changed})
    served.ingest("entity", {"space_name": "lab", "entity": {"id": "new"}})

    then = _ok(lake("state", "lab", "--at", first, "--json"))
    assert (then["seq"], then["metadata"]["entity_count"], len(then["connections"])) == (3, 2, 1)
    assert then["hierarchy"]["parent_map"] == {"leaf": "root"}
    assert [each["id"] for each in _ok(lake("state", "lab", "--json"))["entities"]] == [
        "root",
        "leaf",
        "new",
    ]
    shown = lake("state", "lab", "--rows", "1").stdout
    assert "(9, 0, 0)" in shown
    assert "and 2 more" in shown
    assert "[red]Leaf" in lake("state", "lab", "--at", "3").stdout

    told = _ok(lake("diff", "lab", first, "5", "--json"))
    assert told["changed"]["leaf"]["position"]["after"] == [3.0, 0.0, 0.0]
    table = lake("diff", "lab", first, "5").stdout
    for text in ("1 added, 0 removed, 1 changed", "parameters.note", "[3.0,0.0,0.0]", "…"):
        assert text in table


def test_that_verify_is_content_with_what_is_whole_and_fails_on_what_is_not(
    lake: Run, served: Served
) -> None:
    _fill(served)
    served.ingest("snapshot/lab")
    assert _ok(lake("verify", "--json"))["ok"] is True
    assert "none" in lake("verify", "lab").stdout
    with served.lake._database.reader() as connection:
        connection.execute(
            'UPDATE lake_snapshots SET metadata = metadata || \'{"state_hash": "0"}\''
        )
    done = lake("verify")
    assert done.returncode == 1
    assert "state hash" in done.stdout
    assert "one place" in done.stderr
    told = lake("verify", "--json")
    assert told.returncode == 1
    assert json.loads(told.stdout)["spaces"][0]["faults"][0]["seq"] == 3
