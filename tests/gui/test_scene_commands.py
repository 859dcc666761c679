"""The scene's commands, on a real lake: by shortcut, in menu and palette, and on real scenes."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.models.colouring import CLASS
from studio.models.flat_tree import Role
from studio.models.scene_options import Option
from studio.scene_actions import OPTIONS
from tests.gui.wired import Wired

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def lab(wired: Wired, qtbot: QtBot) -> Wired:
    wired.send_scene(count=6)
    qtbot.waitUntil(lambda: wired.scene.entity_count == 6)
    wired.window.activateWindow()
    wired.window.scene.view.setFocus()
    return wired


def press(lab: Wired, key: Qt.Key, modifiers: Qt.KeyboardModifier = CONTROL) -> None:
    QTest.keyClick(lab.window, key, modifiers)
    lab.window.scene.grab()


def test_that_no_two_commands_share_a_shortcut(wired: Wired) -> None:
    groups = wired.window.actions_.groups.values()
    actions = {id(action): action for group in groups for action in group}.values()
    keys = Counter(key.toString() for action in actions for key in action.shortcuts())
    assert [key for key, count in keys.items() if count > 1] == []


def test_that_shortcuts_hide_isolate_and_show_everything(lab: Wired) -> None:
    frame = lab.window.scene.view.frame
    lab.session.select_all(["e1", "e2"])
    press(lab, Qt.Key.Key_H)
    assert frame.shown_count == 4
    press(lab, Qt.Key.Key_H, CONTROL | SHIFT)
    assert frame.shown_count == 6
    press(lab, Qt.Key.Key_I)
    assert frame.shown_count == 2


def test_that_what_was_hidden_is_seen_when_it_is_asked_for_alone(lab: Wired) -> None:
    frame = lab.window.scene.view.frame
    lab.session.select("e1")
    press(lab, Qt.Key.Key_H)
    press(lab, Qt.Key.Key_I)
    assert frame.shown_count == 1


def test_that_every_option_is_a_command_that_follows_the_view(lab: Wired) -> None:
    options, commands = lab.window.scene.view.options, lab.window.actions_.scene.options
    assert set(commands) == set(OPTIONS) == set(Option)
    for option in (Option.NAMES, Option.TRAILS, Option.FLAT, Option.LINKS, Option.BY_SCALE):
        was = options.is_on(option)
        commands[option].trigger()
        assert options.is_on(option) != was
        options.toggle(option)
        assert commands[option].isChecked() == was
    lab.window.scene.grab()


def test_that_colouring_by_a_command_marks_it_and_no_other(lab: Wired) -> None:
    colours = lab.window.actions_.scene.colours
    colours[CLASS].trigger()
    assert lab.window.scene.view.colouring.by == CLASS
    assert [what for what, action in colours.items() if action.isChecked()] == [CLASS]


def test_that_the_selected_ones_connections_reach_the_scene(lab: Wired, qtbot: QtBot) -> None:
    beam = {"source_id": "e1", "target_id": "e4", "connection_type": "beam"}
    lab.send("connection", space_name="lab", connection=beam)
    lab.session.select("e1")
    overlay = lab.window.scene.view._overlay
    qtbot.waitUntil(lambda: list(overlay._connected()) == ["beam"])
    lab.session.select(None)
    assert overlay._connected() == {}


def test_that_the_connections_of_the_scene_are_drawn_by_type_live_and_past(
    lab: Wired, qtbot: QtBot
) -> None:
    before = datetime.now(UTC)
    for target, kind in (("e2", "beam"), ("e3", "beam"), ("e4", "spring")):
        edge = {"source_id": "e1", "target_id": target, "connection_type": kind}
        lab.send("connection", space_name="lab", connection=edge)
    view = lab.window.scene.view
    bare = lab.window.scene.grab().toImage()
    view.options.turn(Option.CONNECTIONS, True)
    qtbot.waitUntil(lambda: len(view._overlay.edges) == 3)
    assert {edge.kind for edge in view._overlay.edges} == {"beam", "spring"}
    assert lab.window.scene.grab().toImage() != bare
    lab.session.show_instant(before)
    qtbot.waitUntil(lambda: len(view._overlay.edges) == 0)
    lab.session.show_instant(None)
    qtbot.waitUntil(lambda: len(view._overlay.edges) == 3)
    view.options.turn(Option.CONNECTIONS, False)
    assert len(view._overlay.edges) == 0


def load(wired: Wired, qtbot: QtBot, file: Path) -> None:
    """A real scene, as its lines have it."""
    entities: list[Any] = []
    connections: list[Any] = []
    space = ""
    for line in file.read_text().splitlines():
        operation = json.loads(line)
        space = operation["space_name"]
        held = entities if operation["op"] == "entity" else connections
        held.append(operation[operation["op"]])
    wired.send("batch", space_name=space, entities=entities, connections=connections)
    qtbot.waitUntil(lambda: wired.scene.entity_count == len(entities))


def found(wired: Wired, query: str) -> list[str]:
    panel = wired.window.hierarchy
    panel.search.setText(query)
    panel.searching.read()
    model = panel.model
    rows = [model.index(row, 0) for row in range(model.rowCount())]
    return [row.data(Role.ENTITY_ID) for row in rows if row.data(Role.IS_MATCH)]


def test_that_a_real_rig_is_found_by_depth_and_seen_at_its_size(
    wired: Wired, qtbot: QtBot, shared_data: Path
) -> None:
    load(wired, qtbot, shared_data / "scene_medium_ybot_rig.jsonl")
    deepest = int(wired.scene.arrays.depths.max())
    assert found(wired, f"depth:{deepest}")
    assert len(found(wired, f"depth<={deepest}")) == wired.scene.entity_count
    view = wired.window.scene.view
    wired.window.scene.grab()
    places = [view.frame.place_of(slot) for slot in view.frame.slots.tolist()]
    assert all(place is not None for place in places)
    view.options.turn(Option.BY_SCALE, True)
    wired.window.scene.grab()


def test_that_a_real_place_is_found_by_class_and_by_nested_parameters(
    wired: Wired, qtbot: QtBot, shared_data: Path
) -> None:
    load(wired, qtbot, shared_data / "scene_medium_default_space.jsonl")
    services = found(wired, "param:service.icon")
    assert services
    assert set(found(wired, "class:service")) & set(services)
    assert found(wired, "-param:service.icon")
    assert "Sandbox" in found(wired, "class=space")
