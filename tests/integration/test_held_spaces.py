"""A space that another process holds when PostgreSQL is back keeps no other space waiting."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from lake_core.errors import KeyReused, WriterElsewhere
from lake_core.lake import Lake
from lake_core.scene.model import IngestResult
from lake_core.scene.operations import Part, PartResult
from lake_core.settings import Settings
from lake_core.store.spool_files import spool_reports
from tests.integration.line import Line
from tests.integration.outages import is_back, wait_for


def send(lake: Lake, space: str, step: int, key: str | None = None) -> IngestResult:
    return lake.ingest("entity", _body(space, step), idempotency_key=key).result(20)


def _body(space: str, step: int) -> bytes:
    entity = {"id": "a", "parameters": {"step": step}}
    return msgspec.json.encode({"space_name": space, "entity": entity})


def send_part(lake: Lake, session: str, first: int, *steps: tuple[str, int]) -> PartResult:
    part = Part(session=session, first=first, after=first - 1)
    lines = [
        msgspec.json.encode({"op": "entity", **msgspec.json.decode(_body(space, step))})
        for space, step in steps
    ]
    return lake.ingest_part(part, lines).result(20)


def told(url: str) -> dict[str, list[int]]:
    """The steps of each space's log, in its order."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT p.space_name, array_agg((c.patch->'parameters'->>'step')::int ORDER BY c.seq)"
            " FROM lake_changes c JOIN lake_spaces p USING (space_id) GROUP BY p.space_name"
        ).fetchall()
    return dict(found)


def rests(lake: Lake, count: int) -> bool:
    health = lake.health()
    return health.database_ok and health.spooled == count


@pytest.fixture
def other(settings: Settings, database_url: str, tmp_path: Path) -> Iterator[Lake]:
    """Another process's lake, as far as spaces are concerned."""
    lake = Lake.open(replace(settings, database_url=database_url, data_dir=tmp_path / "other"))
    yield lake
    lake.close()


def test_that_other_spaces_are_delivered_and_go_on_while_one_is_held(
    reached: Settings, line: Line, database_url: str, other: Lake
) -> None:
    lake = Lake.open(reached)
    for space in "hx":
        send(lake, space, 0)
    line.cut()
    for step in (1, 2):
        for space in "hxn":
            send(lake, space, step, key=f"{space}{step}")
    send(other, "h", 100)
    line.mend()
    wait_for(lambda: rests(lake, 2))
    assert lake.health().held == ("h",)
    assert send(lake, "x", 3).seq == 4
    assert send(lake, "n", 3).accepted == 1
    for refused in (lake.ingest("entity", _body("h", 3)), lake.create_snapshot("h")):
        assert isinstance(refused.exception(20), WriterElsewhere)
    assert told(database_url) == {"h": [0, 100], "x": [0, 1, 2, 3], "n": [1, 2, 3]}

    assert send(lake, "h", 1, key="h1").accepted == 1  # a repeat of what rests, as answered then
    with pytest.raises(KeyReused):
        send(lake, "x", 9, key="h1")
    other.close()
    wait_for(lambda: rests(lake, 0))
    assert lake.health().held == ()
    send(lake, "h", 3)
    assert told(database_url)["h"] == [0, 100, 1, 2, 3]
    assert [lake.verify(space).faults for space in "hxn"] == [[], [], []]
    lake.close()


def test_that_what_must_come_behind_something_held_waits_with_it(
    reached: Settings, line: Line, database_url: str, other: Lake
) -> None:
    lake = Lake.open(reached)
    for space in "hxy":
        send(lake, space, 0)
    line.cut()
    send_part(lake, "one", 1, ("x", 1))
    send_part(lake, "one", 2, ("h", 1), ("x", 2))  # waits, and what is x's behind it
    send(lake, "x", 3)
    send_part(lake, "one", 4, ("y", 1))  # waits for its session
    send_part(lake, "two", 1, ("z", 1))
    send(other, "h", 100)
    line.mend()
    wait_for(lambda: rests(lake, 3))
    assert told(database_url) == {"h": [0, 100], "x": [0, 1], "y": [0], "z": [1]}
    with pytest.raises(WriterElsewhere):
        send(lake, "x", 4)
    with pytest.raises(WriterElsewhere):
        send_part(lake, "one", 5, ("z", 2))
    assert send_part(lake, "two", 2, ("z", 2)).standing.position == 2
    assert lake.session("one").result(20).position == 4
    other.close()
    wait_for(lambda: rests(lake, 0))
    assert send_part(lake, "one", 5, ("z", 3)).standing.position == 5
    expected = {"h": [0, 100, 1], "x": [0, 1, 2, 3], "y": [0, 1], "z": [1, 2, 3]}
    assert told(database_url) == expected
    lake.close()


def test_that_what_waits_outlives_a_restart_and_another_outage(
    reached: Settings, line: Line, database_url: str, other: Lake
) -> None:
    lake = Lake.open(reached)
    send(lake, "h", 0)
    line.cut()
    send(lake, "h", 1)
    send(other, "h", 100)
    line.mend()
    wait_for(lambda: rests(lake, 1))
    lake.close()
    lake = Lake.open(reached)
    wait_for(lambda: rests(lake, 1))
    send(lake, "x", 0)
    line.cut()
    send(lake, "x", 1)
    send(lake, "h", 2)  # nobody can say who holds it, and it rests behind what does
    wait_for(lambda: lake.health().spooled == 3)
    line.mend()
    wait_for(lambda: rests(lake, 2))
    other.close()
    wait_for(lambda: rests(lake, 0))
    assert told(database_url) == {"h": [0, 100, 1, 2], "x": [0, 1]}
    lake.close()


_examples = itertools.count()
SPACES = st.sampled_from("abcd")
REQUESTS = st.lists(st.one_of(SPACES, st.lists(SPACES, min_size=1, max_size=3)), max_size=25)


def test_that_any_requests_over_spaces_any_of_which_are_held_arrive_once_and_in_order(
    reached: Settings,
    line: Line,
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    @profile(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(requests=REQUESTS, held=st.sets(SPACES, max_size=3), online=st.lists(SPACES, max_size=6))
    def check(requests: list[str | list[str]], held: set[str], online: list[str]) -> None:
        mark, folder = next(_examples), tmp_path_factory.mktemp("any")
        lake = Lake.open(replace(reached, data_dir=folder / "one"))
        other = Lake.open(replace(reached, data_dir=folder / "two", database_url=database_url))
        expected: dict[str, list[int]] = {}
        steps, sent = itertools.count(1), 0

        def note(space: str) -> tuple[str, int]:
            expected.setdefault(f"{space}{mark}", []).append(step := next(steps))
            return f"{space}{mark}", step

        for space in "abc":  # d is made while PostgreSQL is away, or by the other
            send(lake, *note(space))
        line.cut()
        for request in requests:
            if isinstance(request, str):
                send(lake, *note(request))
            else:
                send_part(lake, f"session {mark}", sent + 1, *map(note, request))
                sent += len(request)
        for space in held:
            other.create_snapshot(f"{space}{mark}").exception(20)
            other.ingest("entity", _body(f"{space}{mark}", 0)).result(20)
        line.mend()
        for at, space in enumerate(online):
            if at == 3:  # the first come while the spool is delivered
                wait_for(lambda: is_back(lake))
            step = expected.setdefault(f"{space}{mark}", [])
            number = next(steps)
            if lake.ingest("entity", _body(f"{space}{mark}", number)).exception(20) is None:
                step.append(number)
        other.close()
        wait_for(lambda: rests(lake, 0))
        found = {name: [s for s in steps_ if s] for name, steps_ in told(database_url).items()}
        assert {name: found.get(name, []) for name in expected} == expected
        lake.close()

    check()


def test_that_a_space_that_cannot_be_read_keeps_no_other_waiting(
    reached: Settings, line: Line, database_url: str
) -> None:
    lake = Lake.open(reached)
    for space in "hx":
        for step in (0, 1):
            send(lake, space, step)
    line.cut()
    for space in "hx":
        send(lake, space, 2)
    with psycopg.connect(database_url) as sql:
        sql.execute(
            "DELETE FROM lake_changes c USING lake_spaces p "
            "WHERE p.space_id = c.space_id AND p.space_name = 'h' AND c.seq = 1"
        )
    line.mend()
    wait_for(lambda: rests(lake, 0))
    assert told(database_url)["x"] == [0, 1, 2]
    assert lake.health().refused == 1  # and kept
    assert send(lake, "x", 3).seq == 4
    lake.close()


def test_that_of_a_part_all_that_was_refused_late_is_told(reached: Settings, line: Line) -> None:
    lake = Lake.open(reached)
    line.cut()
    lost = {"op": "parameter", "space_name": "x", "parameter_name": "p", "value": 1}
    operations = [
        {"op": "entity", **msgspec.json.decode(_body("x", 0))},
        *({**lost, "entity_id": name} for name in ("first", "second")),
    ]
    part = Part(session="one", first=1, after=0)
    lines = [msgspec.json.encode(operation) for operation in operations]
    assert lake.ingest_part(part, lines).result(20).refused == []
    line.mend()
    wait_for(lambda: rests(lake, 0))
    ((refused,),) = (one.refused for one in spool_reports(reached.data_dir))
    assert "operation 2: " in refused.reason
    assert "operation 3: " in refused.reason
    lake.close()
