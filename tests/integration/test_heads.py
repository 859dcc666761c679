"""The figures of a space, as those see them who read without writing it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from lake_core.lake import Lake
from lake_core.settings import Settings
from tests.integration.line import Line
from tests.integration.outages import ingest, is_back, wait_for


@pytest.fixture
def reader(settings: Settings, tmp_path: Path) -> Iterator[Lake]:
    """The same lake, opened as a shell does."""
    lake = Lake.open(replace(settings, data_dir=tmp_path / "reader"), ingesting=False)
    yield lake
    lake.close()


def counts(lake: Lake) -> dict[str, int]:
    return {space.space_name: space.entities for space in lake.spaces()}


def burst(lake: Lake, count: int = 30) -> None:
    for step in range(count):
        ingest(lake, "entity", entity={"id": f"e{step}"})


def version(url: str) -> str:
    """Of the row of the only space: another one whenever it was written."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT xmin::text FROM lake_spaces").fetchone()
    assert row is not None
    return str(row[0])


def test_that_others_see_right_figures_of_a_space_that_rests_after_a_burst(
    lake: Lake, reader: Lake
) -> None:
    burst(lake)
    wait_for(lambda: counts(reader) == {"s": 30})


def test_that_figures_are_told_once_and_then_an_idle_lake_writes_nothing(
    lake: Lake, reader: Lake, database_url: str
) -> None:
    burst(lake)
    wait_for(lambda: counts(reader) == {"s": 30})
    before = version(database_url)
    time.sleep(2.5)
    lake.subscribe("s").poll().result(20)  # who only looks leaves nothing owed
    time.sleep(1.5)
    assert version(database_url) == before


def test_that_a_space_at_rest_has_its_figures_told_while_another_is_busy(
    lake: Lake, reader: Lake
) -> None:
    burst(lake)

    def goes_on() -> bool:
        ingest(
            lake, "entity", space_name="busy", entity={"id": "a", "position": [time.time(), 0, 0]}
        )
        return counts(reader).get("s") == 30

    wait_for(goes_on)


def test_that_figures_are_right_behind_an_outage(
    reached: Settings, line: Line, reader: Lake
) -> None:
    lake = Lake.open(reached)
    ingest(lake, "entity", entity={"id": "first"})
    line.cut()
    burst(lake, 400)  # more than are delivered at once
    assert lake.health().spooled == 400
    line.mend()
    wait_for(lambda: is_back(lake) and counts(reader) == {"s": 401})
    lake.close()
