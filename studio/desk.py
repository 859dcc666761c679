"""The parts of one run of the Studio that belong together, so that they are passed on as one.

Holds and hands on, and takes them down; does nothing else itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from lake_core.lake import Lake
from studio.bridge import LakeBridge
from studio.models.scene_model import SceneModel
from studio.outages import Outages
from studio.session import Session
from studio.window import StudioWindow
from studio.workers import Workers


@dataclass(frozen=True, slots=True)
class Desk:
    """What the person works at, with or without a lake."""

    session: Session
    scene: SceneModel
    workers: Workers
    window: StudioWindow

    def clear(self) -> None:
        """Take all of it down at the loop's next turn, the window first.

        Python alone never would: whatever is connected to a signal is kept by Qt, and most of it
        keeps the sender; a cycle of which no collector knows.
        """
        self.window.hide()
        for part in (self.window, self.workers, self.scene, self.session):
            part.deleteLater()

    def with_lake(self, lake: Lake, bridge: LakeBridge, token: str | None = None) -> LakeDesk:
        """The same desk over a lake that is open; `token` is the server's that takes its data."""
        outages = Outages(lake, self.workers, bridge)
        outages.ended.connect(self.window.banner.end_outage)
        return LakeDesk(
            self.session, self.scene, self.workers, self.window, lake, bridge, outages, token
        )


@dataclass(frozen=True, slots=True)
class LakeDesk(Desk):
    """A desk over an open lake."""

    lake: Lake
    bridge: LakeBridge
    outages: Outages
    token: str | None
