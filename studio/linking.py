"""Brings the connections of the whole scene into view, off the GUI thread, while they are wanted.

What viewers follow live holds entities alone; connections are read from the lake when the option
is turned on, at the instant shown, and again now and then while the scene changes. Knows the lake,
the scene's options and nothing of drawing.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Final

from PySide6.QtCore import QObject, QTimer

from lake_core.errors import LakeError, NotFound
from lake_core.lake import Lake
from studio.desk import LakeDesk
from studio.models.scene_options import Option
from studio.panels.scene_overlay import Edge

AGAIN_MS: Final = 2_000
SHARE_OF_TIME: Final = 15
"""A reading that took t is followed by a rest of so many t."""
MOST_EDGES: Final = 5_000
MOST_ENTITIES: Final = 50_000
"""In a larger scene lines would hide the points, and reading them would take seconds."""


class Linking(QObject):
    """Couples the scene's option with one open lake."""

    def __init__(self, desk: LakeDesk) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._options = desk.window.scene.view.options
        self._is_reading = self._is_stale = False
        self._began = 0.0
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self._read)
        self._options.changed.connect(self._turned)
        desk.scene.updated.connect(lambda _: self._changed())
        desk.scene.reset.connect(self._read)

    def _turned(self, option: Option, on: bool) -> None:
        if option == Option.CONNECTIONS:
            self._show([])
            if on:
                self._read()

    def _changed(self) -> None:
        if self._options.is_on(Option.CONNECTIONS) and not self._again.isActive():
            self._again.start()

    def _read(self) -> None:
        session = self._desk.session
        if not self._options.is_on(Option.CONNECTIONS) or not session.space_name:
            return
        if self._desk.scene.entity_count > MOST_ENTITIES:
            why = f"Connections are drawn in scenes of up to {MOST_ENTITIES:,} entities."
            self._options.refuse(Option.CONNECTIONS, why)
        elif self._is_reading:
            self._is_stale = True
        else:
            self._is_reading, self._is_stale = True, False
            self._began = time.monotonic()
            at = session.instant or datetime.now(UTC)
            call = partial(edges_at, self._desk.lake, session.space_name, at)
            self._desk.workers.run_in_thread(call, self._read_well, self._failed)

    def _read_well(self, edges: list[Edge]) -> None:
        self._is_reading = False
        took = (time.monotonic() - self._began) * 1000
        self._again.setInterval(max(AGAIN_MS, int(took * SHARE_OF_TIME)))
        if self._options.is_on(Option.CONNECTIONS):
            self._show(edges)
        if self._is_stale:
            self._read()

    def _failed(self, error: LakeError) -> None:
        self._is_reading = False
        if not isinstance(error, NotFound):
            self._options.refuse(Option.CONNECTIONS, str(error))

    def _show(self, edges: list[Edge]) -> None:
        self._desk.window.scene.view.show_edges(edges)


def edges_at(lake: Lake, space_name: str, at: datetime) -> list[Edge]:
    """The connections at an instant, but for the tree's own; at most `MOST_EDGES`. Blocks."""
    keys = lake.scene_at(space_name, at).connections
    others = (key for key in keys if key.connection_type != "hierarchy")
    return [
        Edge(key.source_id, key.target_id, key.connection_type)
        for key in islice(others, MOST_EDGES)
    ]
