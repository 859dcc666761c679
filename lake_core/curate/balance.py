"""How the samples of a choice are spread: over flux positions, classes, depths and states.

Says as well which snapshots repeat what the choice already holds, or all but repeat it.

What someone who builds an epoch looks at while choosing; an epoch that is frozen keeps only its
contract's figures. Pure: it is handed scenes one after another and keeps none of them.
"""

from __future__ import annotations

from collections import Counter
from typing import Final
from uuid import UUID

import numpy as np
from msgspec import Struct

from lake_core.scene.model import ConnectionKey, SnapshotSummary
from lake_core.scene.state import Scene

NEAR: Final = 0.01
"""Snapshots are near where less than this share of entities and connections differs."""

Documents = dict[str | ConnectionKey, bytes]


class Balance(Struct, frozen=True, kw_only=True):
    """Samples by what they are; each of the first three adds up to the sample count."""

    by_flux: list[int]
    """[10], by flux position."""
    by_class: dict[str, int]
    """By class type, the most frequent first."""
    by_depth: list[int]
    """By depth in the tree, roots first."""
    distinct_states: int
    repeats: int
    """Snapshots whose space was in the same state in one before."""
    repeated: list[UUID] = []
    """Those snapshots; where one of a state was taken by hand or marked, that one is not."""
    near: list[UUID] = []
    """Snapshots that differ by less than `NEAR` from the last one of their space that does not."""

    def evenness(self) -> float:
        """How evenly samples spread over the flux positions that occur: 1 evenly, 0 not at all.

        The entropy of their shares over the greatest there could be (Pielou's J).
        """
        counts = np.array([count for count in self.by_flux if count], float)
        if len(counts) < 2:
            return 0.0
        shares = counts / counts.sum()
        return float(-(shares * np.log(shares)).sum() / np.log(len(shares)))


class BalanceBuilder:
    """Takes snapshots one after another, then says how their samples are spread."""

    def __init__(self) -> None:
        self._flux = np.zeros(10, np.int64)
        self._classes: Counter[str] = Counter()
        self._depths = np.zeros(1, np.int64)
        self._states: dict[tuple[str, int], SnapshotSummary] = {}
        self._repeated: list[UUID] = []
        self._near: list[UUID] = []
        # Of each space the last snapshot that stands out, and what it consists of.
        self._last: dict[str, tuple[SnapshotSummary, Documents]] = {}

    def add(self, summary: SnapshotSummary, scene: Scene) -> None:
        """Count one snapshot, whose state is `scene`."""
        scene.settle()  # depths are brought up to date
        slots, arrays = scene.live_slots(), scene.arrays
        self._flux += np.bincount(arrays.flux[slots], minlength=10)
        kinds = arrays.class_types
        self._classes.update([kinds[slot] for slot in slots.tolist()])
        depths = np.bincount(arrays.depths[slots], minlength=len(self._depths))
        depths[: len(self._depths)] += self._depths
        self._depths = depths
        self._compare(summary, scene)

    def balance(self) -> Balance:
        """Over all snapshots that were added."""
        depths = self._depths.tolist()
        while len(depths) > 1 and not depths[-1]:
            depths.pop()
        return Balance(
            by_flux=self._flux.tolist(),
            by_class=dict(sorted(self._classes.items(), key=lambda item: (-item[1], item[0]))),
            by_depth=depths,
            distinct_states=len(self._states),
            repeats=len(self._repeated),
            repeated=self._repeated,
            near=self._near,
        )

    def _compare(self, summary: SnapshotSummary, scene: Scene) -> None:
        state = (summary.space_name, scene.state_hash)
        first = self._states.setdefault(state, summary)
        if first is not summary:
            if not _is_dearer(summary, first):
                self._repeated.append(summary.id)
                return
            self._repeated.append(first.id)
            self._states[state] = summary
        now, last = _documents(scene), self._last.get(summary.space_name)
        if last is not None and _share_that_differs(last[1], now) < NEAR:
            if not _is_dearer(summary, last[0]):
                self._near.append(summary.id)
                return
            self._near.append(last[0].id)
        self._last[summary.space_name] = (summary, now)


def _is_dearer(one: SnapshotSummary, other: SnapshotSummary) -> bool:
    """Whether someone took or marked the one, and no one the other."""
    return _is_marked(one) and not _is_marked(other)


def _is_marked(summary: SnapshotSummary) -> bool:
    marks = (summary.pinned, summary.tags, summary.note, summary.rating)
    return summary.trigger == "manual" or any(marks)


def _documents(scene: Scene) -> Documents:
    """What a scene consists of; the documents themselves are not copied."""
    arrays = scene.arrays
    found: Documents = {arrays.ids[at]: arrays.documents[at] for at in scene.live_slots().tolist()}
    found.update(scene.connections.items())
    return found


def _share_that_differs(before: Documents, now: Documents) -> float:
    """Of all that is in either, how much was added, removed or changed."""
    kept = sum(_equal(before.get(key), document) for key, document in now.items())
    whole = len(before) + len(now) - sum(key in before for key in now)
    return (whole - kept) / whole if whole else 0.0


def _equal(one: bytes | None, other: bytes) -> bool:
    return one is other or one == other
