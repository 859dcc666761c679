"""What the points' colours stand for: flux, class, depth, how lately, or a parameter.

Works out a tint for every slot of a SceneModel, and says what a legend must. Numbers get an even
ramp; kinds get tints of their own, the commonest first. Knows no panel and no drawing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from lake_core.scene.arrays import Int32s
from studio.models.documents import Documents
from studio.models.scene_model import SceneModel
from studio.render.ramp import KINDS, STEPS, UInt8s, kinds, ramp, steps_of
from studio.theme import FLUX_PALETTE, SWITCH

FLUX, CLASS, DEPTH, RECENCY = "flux", "class", "depth", "recency"
PARAMETER: Final = "param:"
"""Before the name of a parameter."""
OLDEST: Final = 600.0
"""Seconds after which a change is as old as any."""
LOG_FROM: Final = 1000.0
"""A parameter whose largest value is so many times its least is shown by its logarithm."""

FEW: Final = 5_000


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entity, how many there are, and its row of the palette."""

    name: str
    count: int
    row: int


@dataclass(frozen=True, slots=True)
class Key:
    """What a legend says: a ramp from `low` to `high`, or kinds with their counts."""

    title: str
    low: str = ""
    high: str = ""
    kinds: tuple[Kind, ...] = ()
    missing: int = 0  # entities that have no such number


@dataclass(frozen=True, slots=True)
class Tints:
    """A row of `palette` [t, 3] for every slot [capacity]."""

    rows: UInt8s
    palette: UInt8s
    key: Key


class _Codes(dict[str, int]):
    """The row of each common class; that of the others for any other."""

    def __missing__(self, name: str) -> int:
        return KINDS


class Colouring(QObject):
    """`changed` when every tint may be another."""

    changed = Signal()

    def __init__(self, model: SceneModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.by = FLUX
        self.by_scale = False
        self._documents = Documents(model.arrays)
        self._codes: UInt8s | None = None  # of the classes, as rows of KINDS
        self._code_of = _Codes()
        model.reset.connect(self._take_new_arrays)
        model.touched.connect(self._touch)

    @property
    def is_by_flux(self) -> bool:
        """Whether colours are those of flux, which alone has sacred positions."""
        return self.by == FLUX

    def colour_by(self, what: str) -> None:
        """FLUX, CLASS, DEPTH, RECENCY, or PARAMETER and a name."""
        if what != self.by:
            self.by = what
            self.changed.emit()

    def size_by_scale(self, wanted: bool) -> None:
        """Draw larger entities larger, or all alike."""
        if wanted != self.by_scale:
            self.by_scale = wanted
            self.changed.emit()

    def parameters(self) -> list[str]:
        """Names of the parameters that are numbers."""
        return self._documents.names()

    def tints(self) -> Tints:
        """Of all slots, as they are now."""
        arrays = self._model.arrays
        match self.by:
            case "flux":
                return Tints(arrays.flux, FLUX_PALETTE, Key("Flux"))
            case "class":
                return self._by_class()
            case "depth":
                return self._ramped(arrays.depths.astype(np.float64), "Depth")
            case "recency":
                return self._by_recency()
        name = self.by.removeprefix(PARAMETER)
        return self._ramped(self._documents.numbers(name), name)

    def sizes(self) -> UInt8s | None:
        """[capacity] how large each is drawn, 0 to 4, by its largest side; None where all alike."""
        if not self.by_scale:
            return None
        scales = self._documents.scales()
        alive = scales[self._model.arrays.alive]
        usual = float(np.nanmedian(alive)) if np.isfinite(alive).any() else 1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.rint(np.log2(np.abs(scales) / max(abs(usual), 1e-30)) / 1.5)
        sizes: UInt8s = (np.clip(np.nan_to_num(steps, neginf=-2), -2, 2) + 2).astype(np.uint8)
        return sizes

    def _ramped(self, numbers: NDArray[np.float64], title: str) -> Tints:
        alive = numbers[self._model.arrays.alive]
        known = alive[np.isfinite(alive)]
        if not len(known):
            rows = np.full(len(numbers), STEPS, np.uint8)
            return Tints(rows, _ramp(), Key(title, missing=len(alive)))
        low, high = float(known.min()), float(known.max())
        key = Key(title, f"{low:.4g}", f"{high:.4g}", missing=len(alive) - len(known))
        if low > 0.0 and high > LOG_FROM * low:
            with np.errstate(divide="ignore", invalid="ignore"):
                numbers = np.log(numbers)
            low, high = float(np.log(low)), float(np.log(high))
        return Tints(steps_of(numbers, low, high), _ramp(), key)

    def _by_recency(self) -> Tints:
        ages = self._model.glow.ages(time.monotonic(), self._model.arrays.capacity)
        fresh = -np.log1p(np.minimum(ages, OLDEST))
        rows = steps_of(fresh, -float(np.log1p(OLDEST)), 0.0)
        return Tints(rows, _ramp(), Key("Last change", "10 min ago or before", "now"))

    def _by_class(self) -> Tints:
        if self._codes is None or len(self._codes) != self._model.arrays.capacity:
            self._codes = self._class_codes()
        counts = np.bincount(self._codes[self._model.arrays.alive], minlength=KINDS + 1)
        names = [*self._code_of, *[""] * (KINDS - len(self._code_of)), "Other classes"]
        told = zip(names, counts.tolist(), strict=True)
        named = tuple(Kind(name, count, row) for row, (name, count) in enumerate(told) if count)
        key = Key("Class", kinds=named)
        return Tints(self._codes, kinds(on_light=SWITCH.name == "light"), key)

    def _class_codes(self) -> UInt8s:
        arrays = self._model.arrays
        counts = Counter(compress(arrays.class_types, arrays.alive.tolist()))
        self._code_of = _Codes({name: at for at, (name, _) in enumerate(counts.most_common(KINDS))})
        return self._codes_of(arrays.class_types)

    def _codes_of(self, classes: Sequence[str]) -> UInt8s:
        return np.fromiter(map(self._code_of.__getitem__, classes), np.uint8, len(classes))

    def _take_new_arrays(self) -> None:
        self._documents = Documents(self._model.arrays)
        self._codes = None

    def _touch(self, slots: Int32s) -> None:
        self._documents.touch(slots)
        if self._codes is None or self.by != CLASS:
            self._codes = None
            return
        classes = self._model.arrays.class_types
        if len(slots) > FEW or len(self._codes) != len(classes):
            self._codes = None  # many came: which classes are common may be another matter
            return
        self._codes[slots] = self._codes_of([classes[slot] for slot in slots.tolist()])


def _ramp() -> UInt8s:
    return ramp(on_light=SWITCH.name == "light")
