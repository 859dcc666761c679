"""Gaps of the timeline by keys: from one to the next, and which one is marked.

Gaps are absences, outages, archived stretches and where history begins. Knows where they are
drawn; says nothing of them and moves no window.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from studio.panels.timeline_gaps import absence_box, archive_box, floor_box, outage_box
from studio.panels.timeline_hits import Hit
from studio.theme import THEME

if TYPE_CHECKING:
    from studio.panels.timeline_canvas import TimelineCanvas

NEAR: Final = 4.0
"""Pixels within which a gap begins where the marked one did: it is the same, drawn anew."""


class Kind(StrEnum):
    """What a gap is; the names are those of a Hit."""

    ABSENCE = "absence"
    OUTAGE = "outage"
    ARCHIVE = "archive"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Gap:
    """From when to when, in seconds since 1970."""

    start: float
    stop: float
    kind: Kind


class GapWalk:
    """One gap, or none, is marked.

    It is known by its kind and beginning: its end and its place among others may change with
    every change that comes.
    """

    def __init__(self, canvas: TimelineCanvas) -> None:
        self._canvas = canvas
        self._marked: Gap | None = None

    def step(self, by: int) -> Gap | None:
        """Mark the next gap (1), or the one before (-1); None where there is none at all.

        Where none was marked, begins with those in view.
        """
        gaps = self._all()
        if not gaps:
            self._marked = None
            return None
        at = -1 if self._marked is None else self._index(gaps, self._marked)
        if at < 0:
            shown, last = self._canvas.window_shown, len(gaps) - 1
            seen = [i for i, one in enumerate(gaps) if shown.start < one.stop]
            seen = [i for i in seen if gaps[i].start < shown.stop] or [last]
            at = seen[0] if by > 0 else seen[-1]
        else:
            at = min(max(at + by, 0), len(gaps) - 1)
        self._marked = gaps[at]
        return self._marked

    def clear(self) -> None:
        """Mark none."""
        self._marked = None

    @property
    def hit(self) -> Hit | None:
        """What is marked, as if the pointer were there; None where nothing is, or it is gone."""
        if self._marked is None:
            return None
        same = [one for one in self._shown() if one.kind is self._marked.kind]
        at = self._index(same, self._marked)
        return Hit(**{self._marked.kind.value: at}) if at >= 0 else None

    @property
    def box(self) -> QRectF:
        """Where the marked one is drawn; empty where it is not."""
        hit, canvas = self.hit, self._canvas
        lanes, window = canvas.lanes, canvas.window_shown
        if hit is None:
            return QRectF()
        if hit.absence >= 0:
            return absence_box(lanes, window, canvas.absences()[hit.absence])
        if hit.outage >= 0:
            return outage_box(lanes, window, canvas.outages()[hit.outage])
        if hit.archive >= 0:
            return archive_box(lanes, window, canvas.frame.archives[hit.archive])
        return floor_box(lanes, window, canvas.floors()[hit.floor])

    def paint(self, painter: QPainter) -> None:
        """A frame about the marked one."""
        box = self.box
        if not box.isEmpty():
            painter.setPen(QPen(QColor(THEME.accent), 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-1.5, 0.5, 1.5, -0.5), 3, 3)

    def _all(self) -> list[Gap]:
        """Of all history, what is long enough to be drawn as near as one looks now."""
        canvas, now = self._canvas, time.time()
        begins = [one.from_at.timestamp() for one in canvas.frame.archives]
        begins += [canvas.oldest] if canvas.oldest is not None else []
        return sorted(self._found((min(begins, default=now), now)), key=lambda one: one.start)

    def _shown(self) -> list[Gap]:
        return self._found(None)

    def _found(self, span: tuple[float, float] | None) -> list[Gap]:
        canvas = self._canvas
        archives = canvas.frame.archives
        return [
            *(Gap(one.start, one.stop, Kind.ABSENCE) for one in canvas.absences(span)),
            *(Gap(*one, Kind.OUTAGE) for one in canvas.outages(span)),
            *(
                Gap(one.from_at.timestamp(), one.to_at.timestamp(), Kind.ARCHIVE)
                for one in archives
            ),
            *(Gap(at, at, Kind.FLOOR) for at in canvas.floors()),
        ]

    def _index(self, gaps: list[Gap], wanted: Gap) -> int:
        """Where a gap is among these; -1 where it is not."""
        near = NEAR * self._canvas.window_shown.seconds_per_pixel
        away = [
            abs(one.start - wanted.start) if one.kind is wanted.kind else float("inf")
            for one in gaps
        ]
        at = min(range(len(gaps)), key=away.__getitem__, default=-1)
        return at if at >= 0 and away[at] <= near else -1
