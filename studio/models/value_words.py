"""Values of entities as a person reads them, for rows that show two of them side by side. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from studio.models.comparison import Difference, FieldChange, Kind, distance
from studio.models.plain_values import plain

NOTHING = "–"


def value_words(value: Any) -> str:
    """A value in one line; a dash where there is none."""
    if value is UNSET or value is None:
        return NOTHING
    if isinstance(value, dict):
        return ", ".join(f"{name} {value_words(part)}" for name, part in value.items()) or "empty"
    if isinstance(value, float):
        return plain(round(value, 4))
    if isinstance(value, list | tuple):
        return ", ".join(value_words(part) for part in value) or "empty"
    return plain(value)


def change_words(change: FieldChange) -> str:
    """`before → after`; only one side where the other is nothing."""
    if change.before is UNSET:
        return value_words(change.after)
    if change.after is UNSET:
        return value_words(change.before)
    return f"{value_words(change.before)} → {value_words(change.after)}"


def difference_words(difference: Difference) -> str:
    """What a row's second line says: the field that matters most, and how many others."""
    if difference.kinds[0] in (Kind.ADDED, Kind.REMOVED):
        return difference.class_type or "no class"
    if not difference.fields:
        return ""
    first, rest = difference.fields[0], len(difference.fields) - 1
    more = f"  +{rest}" if rest else ""
    if moved := moved_by(first):
        return f"{first.name} by {moved}{more}"
    return f"{first.name}  {change_words(first)}{more}"


def moved_by(change: FieldChange) -> str:
    """How far a position went; "" for any other field."""
    if change.name != "position" or not (_is_place(change.before) and _is_place(change.after)):
        return ""
    return f"{distance(change.before, change.after):.4g} units"


def _is_place(value: Any) -> bool:
    return isinstance(value, Sequence) and len(value) == 3
