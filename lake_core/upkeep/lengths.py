"""Lengths of time as people type them. Pure."""

from __future__ import annotations

import re
from typing import Final

from lake_core.errors import InvalidInput

DAY: Final = 86_400.0
_UNITS: Final = {
    "": 1.0,
    **dict.fromkeys(("s", "sec", "second"), 1.0),
    **dict.fromkeys(("m", "min", "minute"), 60.0),
    **dict.fromkeys(("h", "hour"), 3600.0),
    **dict.fromkeys(("d", "day"), DAY),
    **dict.fromkeys(("w", "week"), 7 * DAY),
    **dict.fromkeys(("y", "year"), 365 * DAY),
}
_LENGTH: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)


def parse_length(text: str) -> float:
    """A length of time such as 90s, 5m, 1 hour, 7 days or 1w, in seconds; raises InvalidInput.

    A bare number counts seconds.
    """
    found = _LENGTH.fullmatch(text.strip())
    word = found[2].lower() if found else "?"
    unit = _UNITS.get(word, _UNITS.get(word.removesuffix("s") or word))
    if found is None or unit is None:
        raise InvalidInput(f"{text!r} is no length of time: expected e.g. 90s, 5m, 1h, 7d")
    return float(found[1]) * unit
