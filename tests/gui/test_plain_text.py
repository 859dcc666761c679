"""What engines send is text: no label, tip or row takes it for HTML, or for several lines."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.wired import Wired

MARKED = 'it\'s "q" <b>x</b>'
TIP = Qt.ItemDataRole.ToolTipRole


@pytest.fixture
def marked(wired: Wired, qtbot: QtBot) -> Wired:
    """An entity whose id, name, class, tag and parameter look like HTML, in a space that does."""
    space = "<b>lab</b>"
    entity = {
        "id": MARKED,
        "name": MARKED,
        "class_type": "<b>Bold</b>",
        "tags": ["<b>tag</b>"],
        "parameters": {"<b>key</b>": "<b>value</b>"},
    }
    edge = {"source_id": "away", "target_id": MARKED, "connection_type": "hierarchy"}
    wired.send("batch", space_name=space, entities=[entity], connections=[edge])
    qtbot.waitUntil(lambda: wired.scene.entity_count == 1)
    wired.session.select(MARKED)
    qtbot.waitUntil(lambda: wired.window.inspector.model.rowCount() > 0)
    return wired


def test_that_no_label_takes_what_is_sent_for_html(marked: Wired, qtbot: QtBot) -> None:
    window = marked.window
    window.actions_.monitor.trigger()
    qtbot.waitUntil(lambda: any("waits" in words for words in window.monitor.alarms.words))
    shown = [label for label in window.findChildren(QLabel) if "<b>" in label.text()]
    assert len(shown) >= 4  # name, class, id and the alarm
    plain = Qt.TextFormat.PlainText
    assert [label.text() for label in shown if label.textFormat() != plain] == []


def test_that_no_tip_takes_what_is_sent_for_html(marked: Wired, qtbot: QtBot) -> None:
    window = marked.window
    tips = [one.toolTip() for one in window.findChildren(QWidget)]
    model, tree = window.inspector.model, window.hierarchy.model
    tips += [model.index(row, 0).data(TIP) or "" for row in range(model.rowCount())]
    tips.append(tree.index(0, 0).data(TIP))
    marks = ('"q" <b>', "<b>value", "<b>Bold")
    assert [tip for tip in tips if any(mark in tip for mark in marks)] == []
    assert sum("&lt;b&gt;x&lt;/b&gt;" in tip for tip in tips) >= 3


def test_that_a_name_of_two_lines_is_one_and_a_blank_one_is_the_id(
    wired: Wired, qtbot: QtBot
) -> None:
    entities = [{"id": "two\nlines", "name": "Left\nRight"}, {"id": "gate", "name": " \n "}]
    wired.send("batch", space_name="lab", entities=entities)
    qtbot.waitUntil(lambda: wired.scene.entity_count == 2)
    tree, shown = wired.window.hierarchy.model, wired.window.inspector.findChildren(QLabel)
    assert [tree.index(row, 0).data() for row in range(2)] == ["Left Right", "gate"]
    wired.session.select("two\nlines")
    qtbot.waitUntil(lambda: "Left Right" in [label.text() for label in shown])
    assert "two lines" in [label.text() for label in shown]
    wired.session.select("gate")
    qtbot.waitUntil(lambda: [label.text() for label in shown].count("gate") == 2)
