"""What lies under a point of the timeline: a snapshot, a band, a flag, an archive, an absence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from lake_core.scene.model import Bookmark
from lake_core.upkeep.report import ArchivedStretch
from studio.models.absences import Absence, Span
from studio.models.snapshots import SnapshotTimeline
from studio.panels.timeline_flags import flag_at
from studio.panels.timeline_gaps import absence_box, archive_box, floor_box, outage_box
from studio.panels.timeline_paint import GUTTER, Band, Lanes, band_box
from studio.render.time_axis import TimeWindow

GRAB: Final = 9.0
"""Pixels from a mark within which a click means it."""
THIN: Final = 4.0
"""Pixels around a thin line within which the pointer means it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Indices of what is under a point; -1 where there is none of the kind."""

    snapshot: int = -1
    band: int = -1
    flag: int = -1
    archive: int = -1
    outage: int = -1
    absence: int = -1
    floor: int = -1  # 0 on the line where history begins that was let go before

    @property
    def takes_click(self) -> bool:
        """Whether a click does something with it; of an absence there is only to be told."""
        return max(self.snapshot, self.band, self.flag, self.archive) >= 0


@dataclass(frozen=True, slots=True)
class Scenery:
    """All that can be hit, where it is drawn now."""

    lanes: Lanes
    window: TimeWindow
    timeline: SnapshotTimeline
    bands: Sequence[Band]
    bookmarks: Sequence[Bookmark]
    archives: Sequence[ArchivedStretch] = ()
    outages: Sequence[Span] = ()
    absences: Sequence[Absence] = ()
    floors: Sequence[float] = ()

    def hit(self, at: QPointF) -> Hit:
        """What is under a point."""
        flag = flag_at(self.lanes, self.window, self.bookmarks, at)
        snapshot, band = self.snapshot_at(at), self.band_at(at)
        if max(flag, snapshot, band) >= 0 or at.y() < self.lanes.snapshots.top():
            return Hit(snapshot, band, flag)
        lanes, window = self.lanes, self.window
        thin = (_widened(outage_box(lanes, window, one)) for one in self.outages)
        floors = (floor_box(lanes, window, one) for one in self.floors)
        if (floor := _first((_widened(one) for one in floors), at)) >= 0:
            return Hit(floor=floor)
        return Hit(
            archive=_first((archive_box(lanes, window, one) for one in self.archives), at),
            outage=_first(thin, at),
            absence=_first((absence_box(lanes, window, one) for one in self.absences), at),
        )

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
        return _first((band_box(self.lanes, self.window, band) for band in self.bands), at)


def _widened(box: QRectF) -> QRectF:
    """A thin line is hit from near by."""
    return box.adjusted(-THIN, -THIN, THIN, THIN)


def _first(boxes: Iterable[QRectF], at: QPointF) -> int:
    """Index of the first box that a point is in, -1 where it is in none."""
    return next((index for index, box in enumerate(boxes) if box.contains(at)), -1)
