"""Values of any shape as words: in one line, by kind, or as parts that can be opened. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any, Final

INLINE_NUMBERS: Final = 4
MINUS: Final = "\N{MINUS SIGN}"
WHOLE_FROM, WHOLE_TO = 1e6, 1e16
"""Between these a number is written out, with thousandths: a part has its place at 1e11 units."""


def plain(value: Any) -> str:
    """A value as text: numbers with all the digits that matter, up to seven, or to thousandths."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            return _real(value)
        case int():
            return str(value).replace("-", MINUS)
        case list() | tuple():
            return ", ".join(plain(part) for part in value) or "empty"
        case dict():
            return "empty" if not value else ""
    return str(value)


def _real(value: float) -> str:
    if WHOLE_FROM <= abs(value) < WHOLE_TO:
        return _trimmed(f"{value:.3f}")
    return f"{value:.7g}".replace("-", MINUS, value < 0)


def exact(value: float) -> str:
    """A number with all the digits it has."""
    return repr(value).removesuffix(".0").replace("-", MINUS, value < 0)


def short_numbers(values: Sequence[float]) -> str:
    """Numbers that belong together, in a line: as fine as five digits of the greatest.

    Never coarser than thousandths; those too great or small for that as `plain` has them.
    """
    greatest = max((abs(value) for value in values), default=0.0)
    if not 1e-6 <= greatest < WHOLE_TO:
        return plain(list(values))
    decimals = max(3, 4 - math.floor(math.log10(greatest)))
    return ", ".join(_trimmed(f"{value:.{decimals}f}") for value in values)


def short_count(count: int) -> str:
    """How many, in four characters at most: `12`, `1.2k`, `118k`, `1.2M`."""
    for unit, each in (("M", 1_000_000), ("k", 1_000)):
        if count >= each - each // 2000:
            shown = f"{count / each:.1f}" if count < 9.95 * each else f"{count / each:.0f}"
            return shown.removesuffix(".0") + unit
    return str(count)


def _trimmed(text: str) -> str:
    """Without zeros at the end, and with a true minus."""
    text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", MINUS)


def one_line(text: str) -> str:
    """The text without line breaks, which a row has no room for."""
    return " ".join(line.strip() for line in text.splitlines()).strip()


def capitalised(words: str) -> str:
    """What is said, as a sentence begins; the rest is as it was written."""
    return words[:1].upper() + words[1:]


def keyless(text: str) -> str:
    """The text in one line for a menu or a button, where an & makes the next letter a key.

    What comes after a tab would be taken for the shortcut of the entry.
    """
    return one_line(text).replace("\t", " ").replace("&", "&&")


def as_read(text: str) -> str:
    """What a person reads of a text that was made `keyless`."""
    return text.replace("&&", "&")


def name_words(name: str, entity_id: str) -> str:
    """What an entity is called: its name in one line, its id where that is blank."""
    return one_line(name) or one_line(entity_id)


def plain_tip(text: str) -> str:
    """A tip that says just this: Qt takes what looks like HTML for it."""
    if "<" not in text and "&" not in text:
        return text
    return f"<p style='white-space: pre-wrap'>{escape(text)}</p>"


def type_name(value: Any) -> str:
    """What kind of value it is, in a word."""
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float"
        case list() | tuple():
            return f"list of {len(value)}"
        case dict():
            return f"{len(value)} field{'' if len(value) == 1 else 's'}"
    return "text"


def parts_of(value: Any) -> list[tuple[str, Any]] | None:
    """What can be opened in a value; None where it is shown in one line."""
    if isinstance(value, dict) and value:
        return list(value.items())
    if isinstance(value, list) and not _is_inline(value):
        return [(str(index), part) for index, part in enumerate(value)]
    return None


def _is_inline(value: list[Any]) -> bool:
    simple = all(isinstance(part, int | float) for part in value)
    return not value or (simple and len(value) <= INLINE_NUMBERS)


def colour_of(label: str, value: Any) -> str:
    """`#rrggbb` where the value is a colour by its name and its shape, else ""."""
    lower = label.casefold()
    if not ("color" in lower or "colour" in lower) or not isinstance(value, list):
        return ""
    if len(value) not in (3, 4) or not _is_inline(value):
        return ""
    scale = 255 if all(0 <= part <= 1 for part in value) else 1
    channels = [min(255, max(0, round(part * scale))) for part in value[:3]]
    return "#" + "".join(f"{channel:02x}" for channel in channels)
