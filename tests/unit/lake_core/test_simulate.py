"""What an imagined engine says: told in advance by its plot, and at the rates it was given."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from lake_core.client import LakeClient
from lake_core.errors import InvalidInput
from lake_core.replay import Recorded
from lake_core.simulate import (
    FRAMES_PER_SECOND,
    Demo,
    Engine,
    Mocap,
    Operation,
    Plot,
    parse_flux,
    play,
)
from resources import demo

LIVELY = Plot(entities=200, moving=0.5, rate=300.0, spawns=15.0, deletes=30.0, depth=3, seed=7)


def _life(plot: Plot, seconds: int) -> list[Operation]:
    engine = Engine(plot)
    told = list(engine.build())
    return told + [op for _ in range(seconds * FRAMES_PER_SECOND) for op in engine.frame()]


def test_that_the_same_plot_is_the_same_life_and_another_seed_another() -> None:
    assert _life(LIVELY, 2) == _life(LIVELY, 2)
    assert _life(LIVELY, 2) != _life(Plot(entities=200, seed=8), 2)


def test_that_a_life_is_as_busy_as_its_plot() -> None:
    built, seconds = len(list(Engine(LIVELY).build())), 4
    told = _life(LIVELY, seconds)[built:]
    counts = Counter(op["op"] for op in told)
    spawned = sum("name" in op["entity"] for op in told if op["op"] == "entity")
    assert (spawned, counts["delete_entity"]) == (60, 120)
    assert counts["entity"] - spawned == 300 * seconds


def test_that_parents_come_first_stay_and_are_not_too_deep() -> None:
    depth_of: dict[str, int] = {}
    parents: set[str] = set()
    for op in _life(LIVELY, 4):
        match op["op"]:
            case "entity":
                depth_of.setdefault(op["entity"]["id"], 0)
            case "connection":
                edge = op["connection"]
                depth_of[edge["target_id"]] = depth_of[edge["source_id"]] + 1
                parents.add(edge["source_id"])
            case _:
                assert op["entity_id"] not in parents
                del depth_of[op["entity_id"]]
    assert max(depth_of.values()) in (3, 4)  # a newcomer may hang below the deepest


def test_that_nothing_moves_that_is_gone_and_every_move_is_a_change() -> None:
    last: dict[str, object] = {}
    for op in _life(LIVELY, 4):
        if op["op"] == "delete_entity":
            del last[op["entity_id"]]
        elif op["op"] == "entity":
            entity = op["entity"]
            assert "name" in entity or entity["id"] in last
            assert last.get(entity["id"]) != entity["position"]
            last[entity["id"]] = entity["position"]


def test_that_the_share_that_moves_and_the_mix_of_flux_are_as_asked() -> None:
    plot = Plot(entities=2000, moving=0.1, rate=10_000.0, flux=parse_flux("3=3,6"))
    told = list(Engine(plot).build())
    flux = Counter(
        op["entity"]["parameters"]["digital_root_flux"] for op in told if op["op"] == "entity"
    )
    assert set(flux) == {3, 6}
    assert 2.5 < flux[3] / flux[6] < 3.5
    moved = {op["entity"]["id"] for op in _life(plot, 1)[len(told) :]}
    assert 150 < len(moved) < 250


def test_that_a_recording_is_played_again_and_again_at_its_pace() -> None:
    recording = [
        Recorded(line, at, "s", {"op": "entity", "entity": {"id": "a", "position": [line, 0, 0]}})
        for line, at in enumerate((0.0, 0.25, 0.5, 0.75))
    ]
    mocap = Mocap(recording)
    told = [op["entity"]["position"][0] for _ in range(2 * 30) for op in mocap.frame()]
    assert told == [0, 1, 2, 3, 0, 1, 2, 3]  # it lasts a second, its last state included
    with pytest.raises(InvalidInput, match="empty"):
        Mocap([])


def test_that_a_play_keeps_its_time() -> None:
    said: list[float] = []
    with LakeClient("http://127.0.0.1:1", "s", spool=False) as client:

        def frames() -> list[Operation]:
            said.append(time.monotonic())
            return []

        play(frames, client, 0.5)
    assert len(said) == 15
    assert said[-1] - said[0] > 0.4


@pytest.mark.parametrize(
    "figures", [{"moving": 1.5}, {"rate": -1.0}, {"entities": -1}, {"spawns": float("nan")}]
)
def test_that_a_plot_out_of_range_is_refused(figures: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        Plot(**figures)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "10", "3=x", "3=-1", "x=1", "3=inf"])
def test_that_a_mix_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_flux(text)


def test_that_the_demo_is_played_tick_after_tick_at_its_pace() -> None:
    shown = Demo()
    assert list(shown.build()) == list(demo.build())
    told = [operation for _ in range(FRAMES_PER_SECOND) for operation in shown.frame()]
    ticks = range(demo.TICKS_PER_SECOND)
    assert told == [operation for tick in ticks for operation in demo.tick(tick)]
