"""What is told of an export while it runs."""

from __future__ import annotations

import pytest

from studio.models.export_pace import READING, ExportPace


def test_that_nothing_is_foretold_in_the_first_moment() -> None:
    pace = ExportPace(1000, 50.0)
    assert pace.words(0, 0, 50.0) == pace.words(1, 21, 50.5) == "reading the epoch"


def test_that_the_time_left_is_told_while_the_epoch_is_read() -> None:
    """Half of the reading is a tenth of all: what took 2 s leaves 18 s."""
    assert ExportPace(1000, 0.0).words(5, 21, 2.0) == "reading the epoch, 18 s left"


@pytest.mark.parametrize("took", [4.0, 40.0])
def test_that_rate_and_time_left_agree_with_what_an_even_export_takes(took: float) -> None:
    """All of 100,000 samples are written in the share of the time that follows the reading."""
    pace, snapshots = ExportPace(100_000, 0.0), 49
    total = 2 * snapshots + 1
    half = READING + (1.0 - READING) / 2
    words = pace.words(snapshots + (snapshots + 1) // 2, total, took * half)
    rate = float(words.split()[0].replace(",", ""))
    assert rate == pytest.approx(100_000 / (took * (1.0 - READING)), rel=0.05)
    assert f"{took * (1.0 - half):.0f} s left" in words


def test_that_after_the_last_step_it_is_finishing() -> None:
    assert ExportPace(10, 0.0).words(21, 21, 9.0) == "finishing"
