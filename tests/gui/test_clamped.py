"""Text in a few lines at most."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from studio.panels.banner import Banner
from studio.panels.clamped import ClampedLabel

LONG = "The export to /home/somebody/with/a/very/long/path/indeed failed: the disk is full"


def test_that_long_text_ends_in_an_ellipsis_and_is_whole_in_the_tip(qtbot: QtBot) -> None:
    label = ClampedLabel(2)
    qtbot.addWidget(label)
    label.setText(LONG)
    metrics = label.fontMetrics()
    lines = label.lines(160)
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert all(metrics.horizontalAdvance(line) <= 160 for line in lines)
    assert label.toolTip() == LONG
    assert label.heightForWidth(160) == 2 * metrics.lineSpacing()


def test_that_what_fits_is_left_as_it_is(qtbot: QtBot) -> None:
    label = ClampedLabel(3)
    qtbot.addWidget(label)
    label.setText("All is well.")
    assert label.lines(400) == ["All is well."]
    label.setText("one\ntwo")
    assert label.lines(400) == ["one", "two"]
    assert label.heightForWidth(400) == 2 * label.fontMetrics().lineSpacing()


def test_that_a_banner_in_a_narrow_window_shows_its_first_words_and_its_buttons(
    qtbot: QtBot,
) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.tell(LONG, deed="Export again…", do=lambda: None)
    banner.resize(320, banner.heightForWidth(320))
    text = banner.findChildren(ClampedLabel)[0]
    assert banner.rect().contains(text.geometry())
    assert text.height() >= text.heightForWidth(text.width())
    assert text.lines(text.width())[0].startswith("The export")
