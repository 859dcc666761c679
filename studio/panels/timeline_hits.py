"""What lies under a point of the timeline: a snapshot, an epoch's band, a bookmark's flag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF

from lake_core.scene.model import Bookmark
from studio.models.snapshots import SnapshotTimeline
from studio.panels.timeline_flags import flag_at
from studio.panels.timeline_paint import GUTTER, Band, Lanes, band_box
from studio.render.time_axis import TimeWindow

GRAB: Final = 9.0
"""Pixels from a mark within which a click means it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Indices of what is under a point; -1 where there is none of the kind."""

    snapshot: int = -1
    band: int = -1
    flag: int = -1

    @property
    def is_any(self) -> bool:
        """Whether there is anything."""
        return max(self.snapshot, self.band, self.flag) >= 0


@dataclass(frozen=True, slots=True)
class Scenery:
    """All that can be hit, where it is drawn now."""

    lanes: Lanes
    window: TimeWindow
    timeline: SnapshotTimeline
    bands: Sequence[Band]
    bookmarks: Sequence[Bookmark]

    def hit(self, at: QPointF) -> Hit:
        """What is under a point."""
        flag = flag_at(self.lanes, self.window, self.bookmarks, at)
        return Hit(self.snapshot_at(at), self.band_at(at), flag)

    def snapshot_at(self, at: QPointF) -> int:
        """Index of the snapshot nearest to a point of the lane; -1 where none is near."""
        times = self.timeline.times
        if not self.lanes.snapshots.contains(at) or not len(times):
            return -1
        moment = self.window.time_of(at.x() - GUTTER)
        near = int(np.searchsorted(times, moment))
        around = [index for index in (near - 1, near) if 0 <= index < len(times)]
        best = min(around, key=lambda index: abs(float(times[index]) - moment))
        away = abs(float(times[best]) - moment)
        return best if away <= GRAB * self.window.seconds_per_pixel else -1

    def band_at(self, at: QPointF) -> int:
        """Index of the epoch band under a point; -1 where there is none."""
        boxes = (band_box(self.lanes, self.window, band) for band in self.bands)
        return next((index for index, box in enumerate(boxes) if box.contains(at)), -1)
