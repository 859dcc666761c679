"""Which snapshots of the timeline are chosen, and how clicks, keys and a rubber band change that.

Sets the session's chosen snapshots. Knows indices into the SnapshotTimeline; knows no pixel.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import Qt

from lake_core.scene.arrays import Bools
from studio.models.snapshots import SnapshotTimeline
from studio.session import Session


class SnapshotChoice:
    """The chosen as `mask` [n], and the snapshot that was clicked last as `anchor`."""

    def __init__(self, session: Session, timeline: SnapshotTimeline) -> None:
        self._session, self._timeline = session, timeline
        self.mask: Bools = np.zeros(0, np.bool_)
        self.anchor = -1
        self._kept: Bools = np.zeros(0, np.bool_)
        self._adds = False

    def refresh(self) -> None:
        """Take over what the session says."""
        self.mask = self._timeline.mask_of(self._session.chosen_snapshots)

    def choose(self, indices: Iterable[int], *, adding: bool = False) -> None:
        """Choose these and no others; `adding` keeps what is chosen of other spaces."""
        chosen = self._session.chosen_snapshots if adding else ()
        elsewhere = [one for one in chosen if self._timeline.index_of(one) is None]
        self._session.choose([*elsewhere, *self._timeline.ids_at(indices)])

    def click(self, index: int, modifiers: Qt.KeyboardModifier) -> None:
        """Choose one; with Ctrl add or take away; with Shift all from the last click on."""
        if modifiers & Qt.KeyboardModifier.ShiftModifier and self.anchor >= 0 <= index:
            low, high = sorted((self.anchor, index))
            self.choose(range(low, high + 1))
            return
        toggles = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        if index < 0:
            if not toggles:
                self._session.choose(())
            return
        mask = self.mask.copy() if toggles else np.zeros(len(self._timeline), np.bool_)
        mask[index] = not mask[index]
        self.anchor = index
        self._choose_mask(mask, adding=toggles)

    def step(self, by: int, *, extend: bool) -> int:
        """Choose the next or the one before the last clicked; its index, -1 where none is."""
        count = len(self._timeline)
        if not count:
            return -1
        start = self.anchor if self.anchor >= 0 else (count if by < 0 else -1)
        self.anchor = index = min(max(start + by, 0), count - 1)
        mask = self.mask.copy() if extend else np.zeros(count, np.bool_)
        mask[index] = True
        self._choose_mask(mask, adding=extend)
        return index

    def begin_rub(self, modifiers: Qt.KeyboardModifier) -> None:
        """A rubber band begins; with Ctrl or Shift what is chosen stays so."""
        adding = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        self._adds = bool(modifiers & adding)
        self._kept = self.mask & self._adds

    def rub(self, start: float, stop: float) -> None:
        """The rubber band covers these times, in seconds since 1970; shown, not yet chosen."""
        self.mask = self._kept.copy()
        self.mask[slice(*self._timeline.range_between(start, stop))] = True

    def end_rub(self) -> None:
        """Choose what the rubber band covered."""
        self._choose_mask(self.mask, adding=self._adds)

    def _choose_mask(self, mask: Bools, *, adding: bool) -> None:
        self.choose(np.flatnonzero(mask).tolist(), adding=adding)
