"""What the scale of changes on the timeline says: how many came in the busiest second."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from studio.models.change_history import ChangeHistory, exact_moments
from studio.panels.timeline_changes import paint_changes
from studio.render.time_axis import TimeWindow

START = 1_800_000_000.0


def scale(history: ChangeHistory, start: float, seconds: float, width: int = 600) -> str:
    """What is said of changes from `start` seconds on."""
    image = QImage(width + 120, 60, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(image)
    window = TimeWindow(START + start, seconds, width)
    words = paint_changes(painter, QRectF(104, 0, width, 60), window, history)
    painter.end()
    return words


def told(moments: list[tuple[float, int]]) -> ChangeHistory:
    """Changes of known moments: (seconds after the start, how many at once)."""
    history = ChangeHistory()
    seqs = np.cumsum([count for _, count in moments])
    history.show_marks(np.array([START + at for at, _ in moments]), seqs)
    exact = [(START + at, count) for at, count in moments]
    history.learn(exact_moments(0, int(seqs[-1]), exact))
    return history


@pytest.mark.parametrize("seconds", [0.02, 0.5, 3.0, 100.0, 290.0])
def test_that_a_batch_is_told_as_so_many_in_its_second_however_near_one_looks(
    seconds: float,
) -> None:
    history = told([(0.0, 1), (1000.0, 100), (2000.0, 1)])
    assert scale(history, 1000.0 - seconds / 2, seconds) == "up to 100/s"


def test_that_the_busiest_second_is_the_same_as_the_view_follows_the_present() -> None:
    history = told([(50.0, 1), (100.05, 50), (101.0, 50)])
    views = [(90.0 - 3.71 * step, 60.0 + 3.71 * step) for step in range(9)]
    assert {scale(history, *view) for view in views} == {"up to 50/s"}


def test_that_from_afar_a_batch_is_shared_out_over_the_time_of_a_column() -> None:
    history = told([(0.0, 1), (1000.0, 100), (2000.0, 1)])
    assert scale(history, 700.0, 600.0) == "up to 50/s"


@pytest.mark.parametrize("seconds", [10.0, 150.0, 250.0, 900.0, 4000.0])
def test_that_a_steady_stream_is_told_by_its_rate_however_near_one_looks(seconds: float) -> None:
    history = ChangeHistory()
    history.show_marks(np.array([START, START + 10_000.0]), np.array([0, 400_000]))
    assert scale(history, 2000.0, seconds) == "up to 40/s"


def test_that_few_changes_over_hours_are_told_by_the_minute() -> None:
    history = ChangeHistory()
    history.show_marks(np.array([START, START + 36_000.0]), np.array([0, 3_000]))
    assert scale(history, 0.0, 36_000.0) == "up to 5/min"


def test_that_a_stretch_without_changes_says_nothing() -> None:
    assert scale(told([(0.0, 5), (1000.0, 5)]), 400.0, 10.0) == ""
