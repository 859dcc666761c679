"""The inspector panel: links, copying, and an entity that goes away."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from lake_core.scene.arrays import SceneDelta
from studio.models.scene_model import SceneModel
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
