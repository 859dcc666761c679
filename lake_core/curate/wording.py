"""A sample in words: what a model is asked about an entity, and what it should answer.

Owns the texts, which depend on nothing but the entity and its place in the tree, so that an
export repeated is an export equal. It must not know files, formats or snapshots.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec

from lake_core.curate.beam import VORTEX_CYCLE
from lake_core.scene.flux import SACRED_NAMES

SHOWN_PARAMETERS: Final = 8
SHOWN_LENGTH: Final = 60

_MEANINGS: Final = {
    0: "balance: no side prevails",
    1: "ethos leads, logos follows unsurely",
    2: "ethos leads; logos follows surely, or pathos unsurely",
    3: "character and credibility",
    4: "ethos leads, pathos follows surely",
    5: "pathos leads, ethos follows",
    6: "feeling and sympathy",
    7: "logos and pathos meet",
    8: "logos leads, ethos follows",
    9: "reason and order",
}
_RULES: Final = {
    "digital_root_flux": "as its parameter digital_root_flux says",
    "elp": "by the balance of its ethos, logos and pathos",
    "position": "by the digital root of its coordinates",
}
_NEXT: Final = dict(zip(VORTEX_CYCLE, VORTEX_CYCLE[1:] + VORTEX_CYCLE[:1], strict=True))


@cache
def text_of(flux: int) -> str:
    """The line the specification trains on."""
    return f"Entity at position {flux}"


def prompt_of(
    name: str,
    class_type: str,
    position: Sequence[float],
    depth: int,
    parent_name: str | None,
    tags: Sequence[str],
    listed: str,
) -> str:
    """The entity described, and the question.

    `position` in scene units; `listed` is what `list_parameters` says of its parameters.
    """
    kind = f" is a {class_type}" if class_type else " is an entity"
    inside = f" inside {parent_name}" if parent_name is not None else ""
    x, y, z = position
    tagged = f"Tags: {', '.join(tags)}. " if tags else ""
    told = f"Parameters: {listed}. " if listed else ""
    return (
        f"{name}{kind} at depth {depth}{inside}, at ({x:.6g}, {y:.6g}, {z:.6g}). "
        f"{tagged}{told}Which flux position does it hold?"
    )


@cache
def response_of(flux: int, rule: str) -> str:
    """The answer: the position, its meaning, and how it comes about."""
    title = f", {SACRED_NAMES[flux]}" if flux in SACRED_NAMES else ""
    if flux in SACRED_NAMES:
        place = "It is sacred"
    elif flux in _NEXT:
        place = f"In the cycle it leads to {_NEXT[flux]}"
    else:
        place = "It rests outside the cycle"
    return f"Flux position {flux}{title} ({_MEANINGS[flux]}), {_RULES[rule]}. {place}."


def list_parameters(parameters: Mapping[str, Any]) -> str:
    """The first parameters by name, long values cut short; "" where there are none."""
    names = sorted(parameters)
    shown = [f"{name} = {_value(parameters[name])}" for name in names[:SHOWN_PARAMETERS]]
    more = len(names) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"
