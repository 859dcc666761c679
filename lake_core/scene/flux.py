"""Flux position: which of the ten places an entity holds, and by which rule.

The definition is contract section 7. This module is pure arithmetic over a position and a
parameter dictionary; 3, 6 and 9 are the sacred positions.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SACRED: Final = frozenset({3, 6, 9})
SACRED_NAMES: Final = {3: "Ethos", 6: "Pathos", 9: "Logos"}
FLUX_RULES: Final = ("digital_root_flux", "elp", "position")

_RULE_DIGITAL_ROOT, _RULE_ELP, RULE_POSITION = range(3)
_ELP_PARAMETERS = ("ethos", "logos", "pathos")
_BALANCED_WITHIN = 0.05
_DOMINANT = 0.7
_CONFIDENT = 0.6
_FLOAT32 = struct.Struct("f")
_FLOAT32S = struct.Struct("3f")
_INTEGER_END = 2**64
"""The engine truncates to an unsigned 64-bit integer, which saturates, at infinity too."""


def flux_position(position: Sequence[float], parameters: Mapping[str, Any]) -> tuple[int, str]:
    """The flux position (0-9) of an entity and the name of the rule that gave it."""
    flux, rule = flux_of(position, parameters)
    return flux, FLUX_RULES[rule]


def flux_of(position: Sequence[float], parameters: Mapping[str, Any]) -> tuple[int, int]:
    """As `flux_position`, with the rule as an index into FLUX_RULES."""
    if parameters:
        if (flux := parameters.get("digital_root_flux")) is not None and _is_digit(flux):
            return int(flux), _RULE_DIGITAL_ROOT
        if "ethos" in parameters and (balance := _balance(parameters)) is not None:
            return _flux_of_balance(*balance, _confidence(parameters)), _RULE_ELP
    return flux_of_position(*position), RULE_POSITION


def _is_digit(value: object) -> bool:
    return type(value) is int and 0 <= value <= 9


def _number(value: object) -> float | None:
    return float(value) if type(value) is int or type(value) is float else None


def _balance(parameters: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """Shares of ethos, logos and pathos, or None where the rule does not apply."""
    try:
        ethos, logos, pathos = (_number(parameters.get(name)) for name in _ELP_PARAMETERS)
    except OverflowError:  # an integer beyond any float
        return None
    if ethos is None or logos is None or pathos is None or min(ethos, logos, pathos) < 0.0:
        return None
    total = ethos + logos + pathos
    if not 0.0 < total < float("inf"):
        return None
    return ethos / total, logos / total, pathos / total


def _confidence(parameters: Mapping[str, Any]) -> float:
    value = parameters.get("confidence")
    if type(value) is int or type(value) is float:
        return float(value) if 0 <= value <= 1 else 0.5
    return 0.5


def _flux_of_balance(e: float, l: float, p: float, confidence: float) -> int:  # noqa: E741
    if max(abs(e - 1 / 3), abs(l - 1 / 3), abs(p - 1 / 3)) <= _BALANCED_WITHIN:
        return 0
    confident = confidence > _CONFIDENT
    if e >= l and e >= p:
        if e > _DOMINANT:
            return 3
        if l > p:
            return 2 if confident else 1
        return 4 if confident else 2
    if l >= p:
        if l > _DOMINANT:
            return 9
        return 8 if e > p else 7
    if p > _DOMINANT:
        return 6
    return 7 if l > e else 5


def _float32(value: float) -> float:
    """`value` rounded to float32, to infinity beyond its range."""
    rounded: float = _FLOAT32.unpack(_FLOAT32.pack(value))[0]
    return rounded


def flux_of_position(x: float, y: float, z: float) -> int:
    """The flux position that a position gives by itself."""
    x, y, z = _FLOAT32S.unpack(_FLOAT32S.pack(x, y, z))
    # A sum of two float32 in float64, rounded once, is the float32 sum exactly.
    total = abs(_float32(_float32(x + y) + z))
    whole = int(total) if total < _INTEGER_END else _INTEGER_END - 1
    return 1 + (whole - 1) % 9 if whole else 0


def flux_of_positions(positions: NDArray[np.float64]) -> NDArray[np.int64]:
    """As `flux_of_position`, for many positions [n, 3] at once; [n]."""
    with np.errstate(over="ignore"):
        x, y, z = positions.astype(np.float32).T
        total = np.abs((x + y) + z)
    whole = np.where(total < np.float32(_INTEGER_END), total, 0.0).astype(np.uint64)
    whole[total >= np.float32(_INTEGER_END)] = _INTEGER_END - 1
    flux = np.where(whole > 0, 1 + (whole - np.uint64(1)) % np.uint64(9), np.uint64(0))
    return flux.astype(np.int64)


def may_decide(parameters: Mapping[str, Any]) -> bool:
    """Whether parameters may give the flux position, so that the position may not."""
    return "digital_root_flux" in parameters or "ethos" in parameters
