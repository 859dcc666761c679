"""What GUI tests share: an application in its theme, deltas built by hand, a wired Studio."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from lake_core.lake import Lake
from lake_core.scene.arrays import SceneDelta
from lake_core.settings import Settings
from studio import painting
from studio.annotating import Annotating
from studio.app import follow_others
from studio.bridge import LakeBridge
from studio.commands import wire_commands
from studio.comparing import Comparing
from studio.deeds import Deeds
from studio.desk import Desk
from studio.feed import Feed
from studio.fetching import Fetching
from studio.linking import Linking
from studio.lives import Lives
from studio.models.scene_model import SceneModel
from studio.monitoring import Monitoring
from studio.panels.scene import ScenePanel
from studio.playing import Playing
from studio.session import Session
from studio.timekeeping import Timekeeping
from studio.upkeeping import Upkeeping
from studio.window import StudioWindow
from studio.workers import Workers
from tests.gui import thread_guard
from tests.gui.wired import Wired

if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def nothing_of_a_person(own_settings: None) -> None:
    """Every window has settings of its own."""


@pytest.fixture(autouse=True)
def window_thread_stays_free() -> Iterator[None]:
    """Fails a test in which the Studio works on files or the database in the window's thread."""
    with thread_guard.watched() as found:
        yield
    assert not found, "on the window's thread:\n" + "\n".join(dict.fromkeys(found))


@pytest.fixture(autouse=True)
def all_is_painted() -> Iterator[None]:
    """Fails a test in which something cannot be painted, though the window lives through it."""
    painting.told.clear()
    yield
    assert not painting.told, "not painted; see the log"


Row = tuple[str, int]  # id, slot of the parent


def make_delta(
    rows: Sequence[Row], *, whole: bool = True, seq: int = 1, first: int = 0
) -> SceneDelta:
    """A delta of entities in slots `first`, `first + 1`, …, with flux 0, 1, …, 9, 0, …"""
    count = len(rows)
    slots = np.arange(first, first + count, dtype=np.int32)
    ids = [entity_id for entity_id, _ in rows]
    documents = [
        msgspec.json.encode(
            {
                "id": entity_id,
                "name": entity_id.title(),
                "class_type": "Part",
                "position": [float(slot), 0.0, 0.0],
                "rotation": [0, 0, 0, 1],
                "scale": [1, 1, 1],
                "tags": ["a"],
                "parameters": {"mass": 2.5, "look": {"colour": "red", "glow": True}},
            }
        )
        for slot, entity_id in zip(slots.tolist(), ids, strict=True)
    ]
    return SceneDelta(
        space_name="lab",
        seq=seq,
        whole=whole,
        capacity=max(64, first + count),
        slots=slots,
        alive=np.ones(count, np.bool_),
        ids=ids,
        names=[entity_id.title() for entity_id in ids],
        class_types=["Part"] * count,
        documents=documents,
        positions=np.column_stack([slots, np.zeros(count), np.zeros(count)]).astype(np.float64),
        flux=(slots % 10).astype(np.uint8),
        parents=np.array([parent for _, parent in rows], np.int32),
        depths=np.zeros(count, np.int32),
        orders=slots.astype(np.int64),
    )


@pytest.fixture
def delta_of() -> Callable[..., SceneDelta]:
    """The maker of deltas; see make_delta."""
    return make_delta


@pytest.fixture
def scene(
    qtbot: QtBot, delta_of: Callable[..., SceneDelta]
) -> tuple[ScenePanel, Session, SceneModel]:
    """A panel of twenty entities along the x axis."""
    session, model = Session(), SceneModel()
    panel = ScenePanel(session, model)
    qtbot.addWidget(panel)
    panel.resize(900, 600)
    session.show_space("lab")
    panel.show()
    model.apply(delta_of([(f"part{at}", -1) for at in range(20)]))
    panel.grab()
    return panel, session, model


@pytest.fixture
def wired(qtbot: QtBot, database_url: str, tmp_path: Path) -> Iterator[Wired]:
    lake = Lake.open(Settings(data_dir=tmp_path, database_url=database_url))
    session, scene, workers = Session(), SceneModel(), Workers()
    window = StudioWindow(session, scene, tmp_path)
    wire_commands(window, session)
    bridge = LakeBridge(lake, workers)
    desk = Desk(session, scene, workers, window).with_lake(lake, bridge)
    feed, deeds = Feed(desk), Deeds(desk)
    Comparing(desk)
    Playing(desk)
    Linking(desk)
    Monitoring(desk)
    Lives(desk)
    timekeeping = Timekeeping(desk)
    Fetching(desk, feed.history)
    annotating, upkeep = Annotating(desk), Upkeeping(desk)
    follow_others(upkeep.watch, feed, timekeeping)
    window.show()
    feed.start()
    yield Wired(lake, session, scene, window, feed, deeds, desk, annotating, upkeep)
    upkeep.stop()
    bridge.close()
    workers.close()
    window.memory.settle()
    lake.close()
    desk.clear()
