"""The look, as far as it can be measured: contrast by WCAG 2, colours told apart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest

from studio.colours import FLUX, ROLES, THEMES
from studio.theme import FLUX_COLOURS, FLUX_PALETTE, THEME

GROUNDS = ("ground", "panel", "raised", "hover")
TEXTS = ("text", "text_quiet", "accent", "danger", "warning", "good", "past")
OTHERS = (
    ("text_selected", "selection"),
    ("text", "selection"),
    ("quiet_selected", "selection"),
    ("on_accent", "accent_fill"),
    ("text", "band"),
    ("text", "band_lit"),
    ("ground", "past"),  # the badge of the past, the time on the timeline
    ("ground", "good"),  # now
    ("text", "line_strong"),  # now, seen from the past
)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def pairs() -> Iterator[tuple[str, str, str, str, str]]:
    """(theme, text, its colour, ground, its colour) of everything that is written."""
    for name, theme in THEMES.items():
        for text in TEXTS:
            for ground in GROUNDS:
                yield name, text, getattr(theme, text), ground, getattr(theme, ground)
        for text, ground in OTHERS:
            yield name, text, getattr(theme, text), ground, getattr(theme, ground)
        for position, colour in enumerate(FLUX[name]):
            for ground in (*GROUNDS, "selection"):
                yield name, f"flux {position}", colour, ground, getattr(theme, ground)


@pytest.mark.parametrize("theme", THEMES)
def test_that_every_text_is_readable_on_every_ground_it_is_written_on(theme: str) -> None:
    faint = {
        (text, ground): round(contrast(colour, under), 2)
        for name, text, colour, ground, under in pairs()
        if name == theme and contrast(colour, under) < 4.5
    }
    assert not faint


@pytest.mark.parametrize("theme", THEMES)
def test_that_flux_colours_are_told_apart(theme: str) -> None:
    channels = [[int(one[at : at + 2], 16) for at in (1, 3, 5)] for one in FLUX[theme]]
    apart = [
        sum(abs(a - b) for a, b in zip(one, other, strict=True))
        for one, other in combinations(channels, 2)
    ]
    assert min(apart) >= 60


@pytest.mark.parametrize("theme", THEMES)
def test_that_no_two_roles_share_a_colour(theme: str) -> None:
    """An icon made in a role's colour follows the role to the other theme."""
    colours = [getattr(THEMES[theme], role) for role in ROLES]
    assert len(set(colours)) == len(colours)


def test_that_the_palette_is_the_colours() -> None:
    assert THEME.panel in {theme.panel for theme in THEMES.values()}
    told = ["#" + "".join(f"{part:02x}" for part in row) for row in FLUX_PALETTE.tolist()]
    assert told == list(FLUX_COLOURS)
