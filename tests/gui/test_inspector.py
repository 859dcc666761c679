"""The inspector panel: links, copying, and an entity that goes away."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from lake_core.scene.arrays import SceneDelta
from studio.models.life import Life, Turn
from studio.models.scene_model import SceneModel
from studio.panels.detail_delegate import spark_box
from studio.panels.inspector import InspectorPanel
from studio.session import Session


class Told:
    """A detail as the lake tells it."""

    document: ClassVar[dict[str, Any]] = {
        "id": "door",
        "name": "Door",
        "class_type": "Part",
        "parameters": {"mass": 2.5},
    }
    flux_position, flux_rule, depth, parent_id = 9, "elp", 2, "house"
    children: ClassVar[list[str]] = []
    connections: ClassVar[list[dict[str, Any]]] = [
        {"source_id": "house", "target_id": "door", "connection_type": "hierarchy"}
    ]


@pytest.fixture
def panel(qtbot: QtBot, delta_of: Callable[..., SceneDelta]) -> InspectorPanel:
    scene, session = SceneModel(), Session()
    panel = InspectorPanel(session, scene)
    panel.held = (scene, session)  # type: ignore[attr-defined]
    qtbot.addWidget(panel)
    panel.resize(320, 600)
    panel.show()
    scene.apply(delta_of([("house", -1), ("door", 0)]))
    session.select("door")
    panel.show_detail(Told())
    return panel


def labels(panel: InspectorPanel) -> list[str]:
    return [row.label for row in panel.model.rows]


def test_that_a_parameter_is_shown(panel: InspectorPanel) -> None:
    assert "mass" in labels(panel)


def test_that_a_click_on_the_parent_selects_it(panel: InspectorPanel) -> None:
    panel._clicked(panel.model.index(labels(panel).index("parent"), 0))
    assert panel._session.selection == "house"


def test_that_a_section_shuts_and_opens(panel: InspectorPanel) -> None:
    head = panel.model.index(labels(panel).index("Parameters"), 0)
    panel._clicked(head)
    assert "mass" not in labels(panel)
    panel._clicked(head)
    assert "mass" in labels(panel)


def test_that_the_whole_entity_is_copied_as_json(panel: InspectorPanel, qtbot: QtBot) -> None:
    button = next(one for one in panel.findChildren(QToolButton) if one.toolTip() == "Copy as JSON")
    button.click()
    assert json.loads(QApplication.clipboard().text()) == Told.document


def test_that_an_entity_that_went_away_is_said_to_be_gone(panel: InspectorPanel) -> None:
    panel.show_detail(None)
    assert panel._gone.isVisible()
    assert "mass" in labels(panel)


def test_that_a_sparkline_tells_and_leads_to_the_time_under_the_pointer(
    panel: InspectorPanel, qtbot: QtBot
) -> None:
    start = 1_800_000_000.0
    points = ((start, 5.0), (start + 60, 7.0), (start + 90, 6.0))
    turns = tuple(
        Turn(at, datetime.fromtimestamp(moment, UTC), "mass")
        for at, (moment, _) in enumerate(reversed(points))
    )
    panel.show_life(Life("another", {"mass": points}, turns))
    assert not any(row.series for row in panel.model.rows)
    panel.show_life(Life("door", {"mass": points}, turns))
    index = panel.model.index(labels(panel).index("mass"), 0)
    panel.view.scrollTo(index)
    panel.grab()
    box = spark_box(panel.view.visualRect(index)).toRect()
    middle = QPoint(box.left() + box.width() // 2, box.center().y())
    held = panel.view.value_at(middle)
    assert held is not None
    assert held[1] == 5.0
    assert panel.view.value_at(QPoint(4, middle.y())) is None
    QTest.mouseClick(
        panel.view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle
    )
    shown = panel._session.instant
    assert shown is not None
    assert abs(shown.timestamp() - (start + 45)) < 2


def test_that_enter_follows_a_link_as_a_click_does(panel: InspectorPanel) -> None:
    panel.view.setCurrentIndex(panel.model.index(labels(panel).index("parent"), 0))
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    assert panel._session.selection == "house"
