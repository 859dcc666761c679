"""Training signals of one entity: its BeamTensor, and the coherence of its flux history.

Owns the two definitions of contract section 7, to the letter. Pure arithmetic: it must not know
scenes, snapshots or files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from msgspec import Struct

from lake_core.scene.flux import SACRED

VORTEX_CYCLE: Final = (1, 2, 4, 8, 7, 5)
"""The doubling circuit, by which digital roots follow one another."""

HISTORY_LIMIT: Final = 100
"""How many of an entity's latest flux positions its coherence looks at."""

DEFAULT_VIRTUE: Final = 5.0
DEFAULT_CONFIDENCE: Final = 0.5
_SACRED_BOOST: Final = 0.33
_WINDOW: Final = len(VORTEX_CYCLE)
_MATCHES: Final = 4
_SOUND: Final = 0.7
_NEXT: Final = dict(zip(VORTEX_CYCLE, VORTEX_CYCLE[1:] + VORTEX_CYCLE[:1], strict=True))

Digits = tuple[float, float, float, float, float, float, float, float, float]


class BeamTensor(Struct, frozen=True, kw_only=True):
    """An entity as the trainer takes it.

    `digits` are nine float32 weights of the positions 1 to 9 that sum to 1; `position` is the
    flux position (0-9), `word` the entity's name.
    """

    digits: Digits
    ethos: float
    logos: float
    pathos: float
    confidence: float
    word: str
    position: int


class CoherenceMetrics(Struct, frozen=True, kw_only=True):
    """How well an entity's flux history keeps to the pattern; all but the flag lie in 0 to 1."""

    sacred_frequency: float
    digital_root_coherence: float
    vortex_cycle_coherence: float
    overall_coherence: float
    is_degrading: bool
    degradation_severity: float


class Virtues(NamedTuple):
    """What of a tensor comes from the parameters alone."""

    ethos: float
    logos: float
    pathos: float
    confidence: float


def virtues_of(parameters: Mapping[str, Any]) -> Virtues:
    """Ethos, logos, pathos and confidence, or their defaults."""
    return Virtues(
        _number(parameters, "ethos", DEFAULT_VIRTUE),
        _number(parameters, "logos", DEFAULT_VIRTUE),
        _number(parameters, "pathos", DEFAULT_VIRTUE),
        _number(parameters, "confidence", DEFAULT_CONFIDENCE),
    )


def beam_tensor(name: str, flux: int, parameters: Mapping[str, Any]) -> BeamTensor:
    """The tensor of an entity with this name, flux position (0-9) and these parameters."""
    return beam_of(name, flux, virtues_of(parameters))


def beam_of(name: str, flux: int, virtues: Virtues) -> BeamTensor:
    """The same, where its virtues are known already."""
    return BeamTensor(
        digits=DIGITS[flux],
        ethos=virtues.ethos,
        logos=virtues.logos,
        pathos=virtues.pathos,
        confidence=virtues.confidence,
        word=name,
        position=flux,
    )


def coherence_metrics(history: Sequence[int]) -> CoherenceMetrics:
    """The coherence of a flux history, oldest first; only its last HISTORY_LIMIT count."""
    return _coherence(bytes(history[-HISTORY_LIMIT:]))


def sacred_share_score(history: Sequence[int]) -> float:
    """1 where a third of the history is sacred, falling to 0 at none and at two thirds."""
    share = sum(flux in SACRED for flux in history) / len(history) if history else 0.0
    return 1.0 - min(abs(share - 1 / 3) / (1 / 3), 1.0)


def digital_root_coherence(history: Sequence[int]) -> float:
    """Share of steps that leave a sacred position or follow the cycle; 1 without steps."""
    steps = list(pairwise(history))
    sound = sum(before in SACRED or _NEXT.get(before) == after for before, after in steps)
    return sound / len(steps) if steps else 1.0


def vortex_cycle_coherence(history: Sequence[int]) -> float:
    """Share of windows of six that have four places as the cycle has; 1 where there is none."""
    windows = [history[start : start + _WINDOW] for start in range(len(history) - _WINDOW + 1)]
    matching = sum(_matches(window) >= _MATCHES for window in windows)
    return matching / len(windows) if windows else 1.0


def _matches(window: Sequence[int]) -> int:
    return sum(flux == place for flux, place in zip(window, VORTEX_CYCLE, strict=True))


@lru_cache(maxsize=16_384)  # most entities of a scene share one of a few histories
def _coherence(history: bytes) -> CoherenceMetrics:
    sacred = sacred_share_score(history)
    roots = digital_root_coherence(history)
    cycle = vortex_cycle_coherence(history)
    overall = 0.4 * sacred + 0.3 * roots + 0.3 * cycle
    return CoherenceMetrics(
        sacred_frequency=sacred,
        digital_root_coherence=roots,
        vortex_cycle_coherence=cycle,
        overall_coherence=overall,
        is_degrading=overall < _SOUND,
        degradation_severity=max((_SOUND - overall) / _SOUND, 0.0),
    )


def _digits(flux: int) -> Digits:
    """One-hot at the flux position; none at 0, and a sacred one lifts all three sacred."""
    weights = np.full(9, 1 / 9) if flux == 0 else np.zeros(9)
    if flux:
        weights[flux - 1] = 1.0
    if flux in SACRED:
        weights[[sacred - 1 for sacred in sorted(SACRED)]] += _SACRED_BOOST
        weights /= weights.sum()
    a, b, c, d, e, f, g, h, i = weights.astype(np.float32).tolist()
    return (a, b, c, d, e, f, g, h, i)


DIGITS: Final = tuple(_digits(flux) for flux in range(10))
"""The digits of each flux position: [10][9], float32 values."""


def _number(parameters: Mapping[str, Any], name: str, default: float) -> float:
    """A parameter as float64, or the default where it is not a number that float64 can hold."""
    value = parameters.get(name)
    if type(value) is not int and type(value) is not float:
        return default
    try:
        return float(value)
    except OverflowError:
        return default
