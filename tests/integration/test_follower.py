"""Watching a space that another process writes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lake_core.lake import Lake
from lake_core.live import Notice, SnapshotCreated
from lake_core.scene.arrays import SceneArrays
from lake_core.settings import Settings
from lake_core.subscription import Subscription
from lake_core.upkeep.retention import Retention


@pytest.fixture
def viewer(settings: Settings, tmp_path: Path) -> Iterator[Lake]:
    """Another process's lake on the same database; opened once the space is taken."""
    lake = Lake.open(replace(settings, data_dir=tmp_path / "viewer"))
    yield lake
    lake.close()


def send(lake: Lake, **body: Any) -> None:
    raw = msgspec.json.encode({"space_name": "s", **body})
    lake.ingest("batch", raw).result(20)


def ids_seen(arrays: SceneArrays) -> set[str]:
    return {name for name, alive in zip(arrays.ids, arrays.alive, strict=True) if alive}


def poll(subscription: Subscription, arrays: SceneArrays) -> bool:
    """Take over what is new; whether there was anything."""
    delta = subscription.poll().result(20)
    if delta is not None:
        arrays.apply(delta)
    return delta is not None


def test_that_a_viewer_follows_what_another_process_writes(lake: Lake, viewer: Lake) -> None:
    send(lake, entities=[{"id": "a"}, {"id": "b"}])
    subscription, arrays = viewer.subscribe("s"), SceneArrays()
    assert not poll(subscription, arrays)  # it finds who writes it
    assert poll(subscription, arrays)
    assert ids_seen(arrays) == {"a", "b"}
    assert not poll(subscription, arrays)
    edge = {"source_id": "a", "target_id": "c", "connection_type": "hierarchy"}
    send(lake, entities=[{"id": "c", "position": [1, 2, 3]}], connections=[edge])
    send(lake, deleted_entities=["b"])
    assert poll(subscription, arrays)
    assert ids_seen(arrays) == {"a", "c"}
    slot = arrays.ids.index("c")
    assert arrays.ids[arrays.parents[slot]] == "a"
    detail = viewer.entity_detail("s", "c").result(20)
    assert list(detail.document["position"]) == [1.0, 2.0, 3.0]
    subscription.close()


def test_that_who_only_follows_leaves_a_space_to_a_writer_that_is_idle(
    settings: Settings, viewer: Lake
) -> None:
    before = Lake.open(settings)
    send(before, entities=[{"id": "a"}])
    before.close()
    writer = Lake.open(settings)  # it has yet to take up what it wrote before
    subscription, arrays = viewer.subscribe("s", only_follows=True), SceneArrays()
    assert poll(subscription, arrays)
    assert viewer.entity_detail("s", "a").result(20).document["id"] == "a"
    send(writer, entities=[{"id": "b"}])
    assert poll(subscription, arrays)
    assert ids_seen(arrays) == {"a", "b"}
    subscription.close()
    writer.close()


def test_that_of_many_changes_a_viewer_takes_so_many_at_once_and_in_the_end_all(
    lake: Lake, viewer: Lake
) -> None:
    send(lake, entities=[{"id": "a"}])
    subscription, arrays = viewer.subscribe("s"), SceneArrays()
    poll(subscription, arrays)
    poll(subscription, arrays)
    edges = [
        {"source_id": "a", "target_id": f"e{at}", "connection_type": "hierarchy"}
        for at in range(50)
    ]
    send(lake, entities=[{"id": f"e{at}"} for at in range(50)], connections=edges)
    sizes = []
    while (delta := subscription.poll(20).result(20)) is not None:
        sizes.append(len(delta.slots))
        arrays.apply(delta)
    assert sizes == [20, 20, 10]
    assert ids_seen(arrays) == {"a", *(f"e{at}" for at in range(50))}
    parent = arrays.ids.index("a")
    slots = [arrays.ids.index(f"e{at}") for at in range(50)]
    assert {arrays.parents[slot] for slot in slots} == {parent}
    another = viewer.subscribe("s")
    another.poll(20).result(20)
    whole = another.poll(20).result(20)
    assert whole is not None
    assert (whole.whole, len(whole.slots)) == (True, 51)  # at first there is but the whole
    assert another.poll(20).result(20) is None


def test_that_snapshots_of_the_other_process_are_told_of(lake: Lake, viewer: Lake) -> None:
    send(lake, entities=[{"id": "a"}])
    told: list[Notice] = []
    viewer.add_listener(told.append)
    subscription, arrays = viewer.subscribe("s"), SceneArrays()
    poll(subscription, arrays)
    poll(subscription, arrays)
    taken = lake.create_snapshot("s").result(20).snapshot_id
    deadline = time.monotonic() + 20
    while not told:
        assert time.monotonic() < deadline
        poll(subscription, arrays)
        time.sleep(0.05)
    assert [notice.summary.id for notice in told if isinstance(notice, SnapshotCreated)] == [taken]


def test_that_a_viewer_outlives_a_log_that_is_cut(lake: Lake, viewer: Lake) -> None:
    send(lake, entities=[{"id": "a"}])
    subscription, arrays = viewer.subscribe("s"), SceneArrays()
    poll(subscription, arrays)
    poll(subscription, arrays)
    for step in range(20):
        send(lake, entities=[{"id": f"e{step}"}])
    lake.create_snapshot("s").result(20)
    policy = Retention(newest=1, triggers=("manual", "threshold", "batch", "schedule"), grace=0.0)
    for _ in range(3):
        lake.apply_retention("s", policy, settled=0.0)
    assert poll(subscription, arrays)
    assert len(ids_seen(arrays)) == 21


def test_that_asking_after_an_entity_keeps_nothing_from_the_viewer(
    lake: Lake, viewer: Lake
) -> None:
    send(lake, entities=[{"id": "a"}, {"id": "b"}])
    subscription = viewer.subscribe("s")
    assert subscription.poll().result(20) is None  # it finds who writes it
    viewer.entity_detail("s", "a").result(20)
    whole = subscription.poll().result(20)
    assert whole is not None
    assert (whole.whole, len(whole.slots)) == (True, 2)
    send(lake, entities=[{"id": "a", "name": "new"}, {"id": "c"}])
    assert viewer.entity_detail("s", "a").result(20).document["name"] == "new"
    viewer.entity_detail("s", "c").result(20)
    news = subscription.poll().result(20)
    assert news is not None
    assert (news.whole, len(news.slots)) == (False, 2)
