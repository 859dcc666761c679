"""`lake schedule` and `lake retention`, on a real lake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from lake_core.cli.retention import parse_thinning
from lake_core.errors import InvalidInput
from lake_core.lake import Lake
from lake_core.upkeep.retention import Thinning

Run = Callable[..., Any]


@pytest.fixture
def space(lake: Lake) -> str:
    """A space with eight snapshots of its own accord."""
    for step in range(8):
        entities = [{"id": f"e{i}", "position": [step, i, 0]} for i in range(100)]
        body = msgspec.json.encode({"space_name": "lab", "entities": entities})
        lake.ingest("batch", body).result(20)
    return "lab"


def test_that_schedules_are_set_listed_and_cleared(run: Run, space: str) -> None:
    assert "no schedule is set" in run("schedule", "list")
    run("schedule", "set", space, "--every", "5m", "--always")
    run("schedule", "set", "--cron", "0 3 * * *", "--zone", "Europe/Berlin")
    listed = run("schedule", "list")
    assert "every 5 minutes, changed or not" in listed
    assert "cron 0 3 * * * (Europe/Berlin)" in listed
    told = run("schedule", "list", "--json")
    assert [(each["space_name"], each["policy"]["every"]) for each in told] == [
        (None, None),
        ("lab", 300.0),
    ]
    run("schedule", "pause", space)
    assert "every 5 minutes, changed or not (paused)" in run("schedule", "list")
    run("schedule", "resume", space)
    assert "paused" not in run("schedule", "list")
    run("schedule", "set", space, "--never")
    code, _ = run("schedule", "pause", space)
    assert code == 2
    assert "never" in run("schedule", "list")
    run("schedule", "clear", space)
    code, said = run("schedule", "clear", space)
    assert (code, "no schedule is set for lab" in said) == (2, True)
    code, said = run("schedule", "set", space, "--cron", "whenever")
    assert (code, "no cron expression" in said) == (2, True)


def test_that_retention_is_planned_applied_and_undone(run: Run, space: str) -> None:
    plan = run("retention", "plan", space, "--newest", "3", "--json")
    assert [bool(each["because"]) for each in plan["decisions"]] == [False] * 5 + [True] * 3
    code, said = run("retention", "apply", space)
    assert (code, "everything is kept" in said) == (2, True)
    run("retention", "set", "--newest", "3", "--thin", "1h:7d", "--thin", "1d:365d")
    assert "the newest 3, one each 1 hour for 7 days" in run("retention", "list")
    told = run("retention", "plan", space)
    assert "the one of its hour" in told
    assert "4 of 8" in told
    (cleared,) = run("retention", "apply", "--json")
    assert (cleared["space_name"], len(cleared["expired"])) == ("lab", 4)
    assert "changes more are not needed; they go at a turn" in run("retention", "apply")
    assert len(run("snapshots", space, "--json")) == 4
    assert "4 snapshots are back" in run("retention", "undo", space)
    assert len(run("snapshots", space, "--json")) == 8
    run("retention", "set", space, "--keep-all")
    code, _ = run("retention", "plan", space)
    assert code == 2
    run("retention", "clear", space)
    run("retention", "clear")
    assert "no retention policy is in force" in run("retention", "apply")


def test_that_a_policy_for_all_is_planned_before_it_holds(run: Run, space: str) -> None:
    assert "everything is kept" in run("retention", "plan")
    assert "5 of 8" in run("retention", "plan", "--newest", "3")
    run("retention", "set", space, "--keep-all")
    assert run("retention", "plan", "--newest", "3", "--json") == []
    run("retention", "set", space, "--newest", "6", "--grace", "0")
    (plan,) = run("retention", "plan", "--json")
    assert (plan["space_name"], sum(not each["because"] for each in plan["decisions"])) == (
        "lab",
        2,
    )


@pytest.mark.parametrize("text", ["", "1h", "soon:7d", "1h:"])
def test_that_what_is_no_step_of_thinning_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_thinning(text)


def test_that_a_step_of_thinning_is_read() -> None:
    assert parse_thinning("1h:7d") == Thinning(every=3600.0, until=604_800.0)


def test_that_a_policy_that_says_nothing_of_what_is_kept_is_refused(run: Run, space: str) -> None:
    code, said = run("retention", "set", space)
    assert (code, "say what is kept" in said) == (2, True)
    assert "no retention policy is set" in run("retention", "list")


def test_that_an_unknown_trigger_is_refused(run: Run, space: str) -> None:
    code, said = run("retention", "set", space, "--trigger", "moon")
    assert (code, "manual, threshold, batch, schedule" in said) == (2, True)
