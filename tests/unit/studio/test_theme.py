"""The look, as far as it can be measured."""

from __future__ import annotations

from itertools import combinations

import pytest

from studio.theme import FLUX_COLOURS, FLUX_PALETTE, THEME

GROUNDS = (THEME.ground, THEME.panel, THEME.raised)
TEXTS = (THEME.text, THEME.text_quiet, THEME.accent, THEME.danger, THEME.warning, THEME.past)


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("text", [*TEXTS, *FLUX_COLOURS])
def test_that_text_is_readable_on_every_ground(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5


def test_that_selected_and_main_texts_are_readable() -> None:
    assert contrast(THEME.text_selected, THEME.selection) >= 4.5
    assert contrast("#ffffff", THEME.accent_fill) >= 4.5


def test_that_flux_colours_are_told_apart() -> None:
    pairs = combinations(FLUX_PALETTE.astype(int), 2)
    assert min(abs(one - other).sum() for one, other in pairs) >= 60
