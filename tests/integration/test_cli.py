"""The `lake` command as a shell runs it: a process of its own on a real lake."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import typer
from typer.testing import CliRunner

from lake_core.cli import app
from lake_core.settings import Settings
from lake_core.store.spool import Spool, SpoolEntry

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]
COMMAND = [sys.executable, "-c", "from lake_core.cli import main; main()"]
Served = Any  # the server fixture's class lives in conftest.py, which is not imported


@pytest.fixture
def environment(settings: Settings, tmp_path: Path) -> dict[str, str]:
    """What says which lake is meant: this test's database, and a data directory of its own."""
    database = {"DATABASE_URL": settings.database_url or ""}
    return {**database, "LAKE_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def lake(environment: dict[str, str]) -> Run:
    """Runs `lake …` in this process; `port` is that of a running server, if any."""

    def run(*arguments: str, port: int = 1) -> Done:
        variables = {**environment, "LAKE_PORT": str(port)}
        result = CliRunner().invoke(app, arguments, env=variables, prog_name="lake")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(list(arguments), result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def process(environment: dict[str, str]) -> Run:
    """The same, as a shell runs it: in a process of its own."""

    def run(*arguments: str, port: int = 1) -> Done:
        variables = {**os.environ, **environment, "LAKE_PORT": str(port)}
        return subprocess.run(
            [*COMMAND, *arguments],
            env=variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def _fill(served: Served) -> None:
    entities = [{"id": "root", "position": [9, 0, 0]}, {"id": "leaf", "name": "[red]Leaf"}]
    edge = {"source_id": "root", "target_id": "leaf", "connection_type": "hierarchy"}
    served.ingest("batch", {"space_name": "lab", "entities": entities, "connections": [edge]})


def _ok(done: Done) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_that_the_server_of_a_data_directory_is_found_on_any_port(
    served: Served, lake: Run, tmp_path: Path
) -> None:
    _fill(served)
    assert _ok(lake("status", "--json", "--data-dir", str(tmp_path)))["server"] == served.url
    assert _ok(lake("status", "--json"))["server"] is None  # of another data directory


def _commands(group: typer.Typer, *before: str) -> Iterator[tuple[str, ...]]:
    """Every command that there is, by its words."""
    for command in group.registered_commands:
        yield (*before, str(command.name))
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        words = (*before, inner.name) if isinstance(inner.name, str) else before
        yield from _commands(inner.typer_instance, *words)


def test_that_every_command_has_help_and_most_have_examples(lake: Run) -> None:
    commands = list(_commands(app))
    assert len(commands) >= 18
    helps = [lake(*words, "--help").stdout for words in commands]
    assert all("Usage: lake" in text for text in helps)
    assert sum("Examples" in text for text in helps) >= len(commands) - 3
    assert "Exits with 0" in lake("--help").stdout


def test_that_each_command_runs_in_a_process_of_its_own(
    process: Run, served: Served, tmp_path: Path
) -> None:
    _fill(served)
    recording = tmp_path / "recording.jsonl"
    recording.write_text('{"op": "entity", "space_name": "lab", "entity": {"id": "x"}}\n')
    out = str(tmp_path / "out")
    snapshot_id = process("snapshot", "lab", port=served.port).stdout.strip()
    for arguments in (
        ["status"],
        ["spaces"],
        ["snapshots", "lab"],
        ["mark", snapshot_id, "--pin"],
        ["replay", str(recording)],
        ["simulate", "--duration", "0.1", "--entities", "5"],
        ["state", "lab"],
        ["diff", "lab", "1", "3"],
        ["verify"],
        ["epoch", "create", "lab", "--name", "one"],
        ["epoch", "list"],
        ["epoch", "show", "one"],
        ["epoch", "merge", "one", "--name", "two"],
        ["epoch", "compare", "one", "two"],
        ["export", "one", out],
        ["epoch", "delete", "two"],
    ):
        done = process(*arguments, port=served.port)
        assert (done.returncode, done.stderr) == (0, ""), (arguments, done)
        assert done.stdout
    assert process("state").returncode == 2


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


def test_that_faults_are_one_line_on_stderr_and_say_by_their_code_whose_they_are(
    lake: Run, tmp_path: Path
) -> None:
    for code, arguments, reason in (
        (1, ["snapshots", "nowhere"], "nowhere"),
        (1, ["epoch", "show", "nothing"], "nothing"),
        (2, ["epoch", "create"], "no snapshot is chosen"),
        (2, ["snapshots", "nowhere", "--from", "noon"], "noon"),
        (2, ["export", "x", str(tmp_path / "o"), "--split", "train=2"], "split"),
        (3, ["replay", __file__], "no lake answers"),
        (3, ["simulate"], "no lake answers"),
        (2, ["simulate", "--moving", "2"], "share"),
        (2, ["simulate", "--flux", "12"], "12"),
        (2, ["simulate", "--mocap", str(tmp_path / "none")], "cannot be read"),
        (2, ["status", "--port", "99999"], "99999"),
        (1, ["state", "nowhere"], "nowhere"),
        (2, ["state", "nowhere", "--at", "noon"], "noon"),
        (1, ["diff", "nowhere", "0", "1"], "nowhere"),
        (1, ["verify", "nowhere"], "nowhere"),
        (2, ["mark", str(uuid4())], "say what"),
        (1, ["mark", str(uuid4()), "--pin"], "no snapshot"),
        (3, ["spaces", "--database-url", "postgresql://nobody@127.0.0.1:1/x"], "not answer"),
    ):
        done = lake(*arguments)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
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


def test_that_a_simulated_engine_is_heard_and_its_recording_too(
    lake: Run, served: Served, shared_data: Path
) -> None:
    played = (
        "--entities",
        "50",
        "--rate",
        "600",
        "--spawn",
        "10",
        "--delete",
        "20",
        "--flux",
        "3,6",
    )
    mocap = ("--mocap", str(shared_data / "stream_male_walking.jsonl"))
    timed = ("--url", served.url, "--duration", "1", "--space", "played")
    told = _ok(lake("simulate", *timed, *played, *mocap, "--json"))
    assert told["sent"] == told["acknowledged"] > 99 + 600 + 1900
    assert (told["refused"], told["dropped"], told["undelivered"]) == (0, 0, 0)
    [space] = served.lake.spaces()
    assert (space.space_name, space.entities) == ("played", 50 + 10 - 20 + 66)
    done = lake("simulate", *timed, "--entities", "20", "--rate", "60")
    assert done.returncode == 0, done.stderr
    assert "99 changes sent, 99 committed" in done.stdout
    told = _ok(lake("simulate", "--url", served.url, "--duration", "1", "--demo", "--json"))
    assert told["sent"] == told["acknowledged"] > 2_900


def test_that_a_simulation_is_ended_by_ctrl_c_and_still_tells(served: Served) -> None:
    arguments = ["simulate", "--url", served.url, "--entities", "10", "--json"]
    running = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not served.lake.spaces():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=30)
    told = json.loads(out)
    assert (running.returncode, told["sent"]) == (0, told["acknowledged"])


def test_that_a_simulation_without_the_token_ends_and_says_so(served_with: Any, lake: Run) -> None:
    with served_with(token="s") as served:
        done = lake("simulate", "--url", served.url, "--entities", "5")
        assert done.returncode == 1
        assert "give the lake's token" in done.stderr
        assert served.lake.spaces() == []


def test_that_snapshots_are_marked_by_the_server_and_without_one(lake: Run, served: Served) -> None:
    _fill(served)
    snapshot_id = served.ingest("snapshot/lab")["snapshot_id"]
    said = ("--pin", "--tag", "golden", "--tag", "first", "--rating", "4", "--json")
    marked = _ok(lake("mark", snapshot_id, *said, port=served.port))
    assert (marked["pinned"], marked["tags"], marked["rating"]) == (True, ["golden", "first"], 4)
    marked = _ok(lake("mark", snapshot_id, "--no-tags", "--note", "worth a look", "--json"))
    assert (marked["pinned"], marked["tags"], marked["note"]) == (True, [], "worth a look")
    assert "pinned 4/5 worth a look" in lake("snapshots", "lab").stdout
    assert lake("mark", snapshot_id, "--delete", port=served.port).returncode == 0
    assert "there is no snapshot" in lake("snapshots", "lab").stdout
    assert _ok(lake("mark", snapshot_id, "--restore", "--json"))["id"] == snapshot_id
    assert len(_ok(lake("snapshots", "lab", "--json"))) == 1


def test_that_status_tells_of_the_server_the_spool_and_the_database(
    lake: Run, served: Served
) -> None:
    told = _ok(lake("status", "--json", port=served.port))
    assert (told["server"], told["server_status"], told["spooled"]) == (served.url, "ready", 0)
    shown = lake("status", port=served.port).stdout
    assert f"listening on {served.url}, ready" in shown
    assert "0 requests wait for PostgreSQL" in shown
    away = lake("status", "--json", "--database-url", "postgresql://nobody@127.0.0.1:1/x")
    assert away.returncode == 3
    assert json.loads(away.stdout)["database"] is None


def test_that_an_empty_lake_says_what_to_do(lake: Run) -> None:
    assert "lake simulate" in lake("spaces").stdout
    assert "lake epoch create" in lake("epoch", "list").stdout
    assert _ok(lake("spaces", "--json")) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_that_a_shell_can_be_taught_to_complete(lake: Run, shell: str) -> None:
    script = lake("completion", shell).stdout
    assert "_LAKE_COMPLETE" in script
    assert f"complete_{shell}" in script


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_that_bash_completes_commands_and_flags(tmp_path: Path, lake: Run) -> None:
    command = tmp_path / "lake"
    command.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c 'from lake_core.cli import main; main()' \"$@\"\n"
    )
    command.chmod(0o755)
    (tmp_path / "script").write_text(lake("completion", "bash").stdout)
    ask = (
        f"source {tmp_path}/script; COMP_WORDS=($2); COMP_CWORD=$1;"
        f' _lake_completion {command}; echo "${{COMPREPLY[*]}}"'
    )
    for words, place, wanted in (("lake sn", 1, "snapshot"), ("lake epoch c", 2, "compare")):
        done = subprocess.run(
            ["bash", "-c", ask, "bash", str(place), words],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        assert wanted in done.stdout.split(), done.stderr


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
    assert _ok(lake("state", "lab", "--at", "0 s ago", "--json"))["seq"] == 5
    refused = lake("state", "lab", "--at", "60 parsecs ago")
    assert (refused.returncode, "'60 s ago'" in refused.stderr) == (2, True)

    told = _ok(lake("diff", "lab", first, "5", "--json"))
    assert told["changed"]["leaf"]["position"]["after"] == [3.0, 0.0, 0.0]
    table = lake("diff", "lab", first, "5").stdout
    for text in ("1 added, 0 removed, 1 changed", "parameters.note", "[3.0,0.0,0.0]", "…"):
        assert text in table
    assert lake("diff", "lab", first, "5", "--exit-code").returncode == 1
    assert lake("diff", "lab", "5", "5", "--exit-code").returncode == 0


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


def test_that_what_was_refused_on_delivery_is_listed_and_dropped(
    lake: Run, environment: dict[str, str], settings: Settings
) -> None:
    assert "nothing was refused" in lake("spool").stdout
    folder = Path(environment["LAKE_DATA_DIR"]) / "spool"
    spool = Spool.open(folder, 1 << 20)
    entry = SpoolEntry(
        endpoint="parameter",
        body=b'{"space_name": "[red]lab"}',
        key=None,
        body_hash=b"",
        trigger="manual",
        recorded_at=datetime(2026, 1, 31, tzinfo=UTC),
        snapshot_id=None,
        answer="{}",
    )
    spool.append([entry, entry])
    first, _ = spool.first(2)
    spool.refuse(first, "no entity 'ghost'")
    spool.remove([first])
    shown = lake("spool").stdout
    for text in ("spool-1.sqlite", "2026-01-31", "no entity 'ghost'", '"[red]lab"'):
        assert text in shown
    (report,) = json.loads(lake("spool", "--json").stdout)
    assert (report["waiting"], report["refused"][0]["endpoint"]) == (1, "parameter")
    assert "dropped 1 refused request" in lake("spool", "--forget").stdout
    spool.count_refused()
    assert (spool.count, spool.refused_count) == (1, 0)
    spool.close()
