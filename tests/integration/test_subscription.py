"""Following a space in pieces: no poll brings more than was asked for, all of them everything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lake_core.lake import Lake
from lake_core.scene.arrays import SceneArrays, SceneDelta
from lake_core.settings import Settings
from lake_core.subscription import Subscription


@pytest.fixture
def lake(database_url: str, tmp_path: Path) -> Iterator[Lake]:
    lake = Lake.open(Settings(data_dir=tmp_path, database_url=database_url))
    yield lake
    lake.close()


def send(lake: Lake, first: int, stop: int, x: float) -> None:
    entities = [{"id": f"e{at}", "position": [x, at, 0]} for at in range(first, stop)]
    body = {"space_name": "s", "entities": entities}
    lake.ingest("batch", json.dumps(body).encode()).result(10)


def polled(subscription: Subscription, most: int) -> list[SceneDelta]:
    found = []
    while (delta := subscription.poll(most).result(10)) is not None:
        found.append(delta)
    return found


def test_that_much_news_comes_in_pieces_that_end_where_the_scene_is(lake: Lake) -> None:
    send(lake, 0, 10, 0.0)
    subscription = lake.subscribe("s")
    (whole,) = polled(subscription, 4)
    assert whole.whole
    arrays = SceneArrays()
    arrays.apply(whole)
    send(lake, 5, 30, 1.0)
    first = subscription.poll(4).result(10)
    assert first is not None
    send(lake, 0, 3, 2.0)  # in the midst of it
    rest = polled(subscription, 4)
    assert [len(one.slots) for one in (first, *rest)] == [4] * 7
    for delta in (first, *rest):
        arrays.apply(delta)
    anew = SceneArrays()
    anew.apply(polled(lake.subscribe("s"), 4)[0])
    alive = anew.alive.nonzero()[0]
    assert (arrays.positions[alive] == anew.positions[alive]).all()
    assert [arrays.ids[slot] for slot in alive] == [anew.ids[slot] for slot in alive]
